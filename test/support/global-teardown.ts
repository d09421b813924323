/** After all suites: ends what `global-setup.ts` started. */
import { rm } from 'node:fs/promises';
import './global-setup.ts';

// Jest asks for a default export here.
// oxlint-disable-next-line import/no-default-export
export default async function globalTeardown(): Promise<void> {
  const shared = globalThis.latchkeyShared;
  await Promise.all(shared?.servers.map((server) => server.stop()) ?? []);
  await shared?.postgres.stop();
  if (shared) await rm(shared.preparedFolder, { recursive: true, force: true });
}
