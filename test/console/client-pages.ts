/** What tests do on the pages of clients, as a person would. */
import { expect } from '@jest/globals';
import type { Page } from 'playwright-core';
import type { Credential } from '../support/server-process.ts';

/** Copied with the buttons of the green banner, into the clipboard and out of it. */
export async function readShownCredential(page: Page): Promise<Credential> {
  const banner = page.getByTestId('shown-secret');
  const copy = async (what: string) => {
    await banner.getByRole('button', { name: `Copy ${what}` }).click();
    const copied = await page.evaluate<string>('navigator.clipboard.readText()');
    await banner.getByText(copied).waitFor();
    return copied;
  };
  const credential = {
    clientId: await copy('client_id'),
    clientSecret: await copy('client_secret'),
  };
  expect(credential).toEqual({
    clientId: expect.stringMatching(/^lkc_/),
    clientSecret: expect.stringMatching(/^lks_/),
  });
  return credential;
}
