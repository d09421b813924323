/** `latchkey clients deactivate`, `activate` and `delete`. */
import { requireYesKnowingImpact } from './client-impact.ts';
import type { ConfirmationOptions } from '../terminal/confirmation.ts';
import { findClient } from '../remote/record-reference.ts';
import { connectAdmin, type RemoteOptions } from '../remote/remote-command.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { clientSchema } from '../remote/wire-records.ts';

export interface TakingOptions extends RemoteOptions, ConfirmationOptions {}

export async function setClientActive(
  terminal: Terminal,
  reference: string,
  active: boolean,
  options: TakingOptions,
): Promise<void> {
  const { admin } = await connectAdmin(options, terminal);
  const found = await findClient(admin, reference);
  const { id, name, client_id: clientId } = found;
  if (!active) {
    await requireYesKnowingImpact({ admin, terminal }, options, {
      client: found,
      question: `Deactivate ${name} (${clientId})? Every access token it has ends for good.`,
      refusal: 'nothing was deactivated',
    });
  }
  const client = await admin.patch(`/clients/${id}`, clientSchema, { active });
  if (options.json) return terminal.printJson(client);
  terminal.print(
    active
      ? `${client.name} (${client.client_id}) is active: it can fetch access tokens.`
      : `${client.name} (${client.client_id}) is inactive: it gets no access tokens, and those it has count no more where the server is asked.`,
  );
}

export async function deleteClient(
  terminal: Terminal,
  reference: string,
  options: TakingOptions,
): Promise<void> {
  const { admin } = await connectAdmin(options, terminal);
  const client = await findClient(admin, reference);
  const name = `${client.name} (${client.client_id})`;
  await requireYesKnowingImpact({ admin, terminal }, options, {
    client,
    question: `Delete ${name}? It gets no more access tokens.`,
    refusal: 'nothing was deleted',
  });
  await admin.delete(`/clients/${client.id}`);
  if (options.json) return terminal.printJson({ id: client.id, deleted: true });
  terminal.print(
    `Deleted ${name}. For 30 days "latchkey clients restore ${client.id}" brings it back.`,
  );
}
