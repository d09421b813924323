/** `latchkey clients create`: registers a client and shows, or saves, its credential this once. */
import { formatCredentials } from '../remote/credentials-file.ts';
import { readGrants } from './grant-option.ts';
import { findPlaces } from '../remote/record-reference.ts';
import { connectAdmin, type CreationOptions, type SaveOptions } from '../remote/remote-command.ts';
import { withReservedFile } from '../terminal/saved-file.ts';
import { requireShown } from '../terminal/shown-secret.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { formatFields } from '../terminal/text-table.ts';
import { createdClientSchema } from '../remote/wire-records.ts';

export interface ClientCreateOptions extends CreationOptions, SaveOptions {
  name: string;
  grant?: string[];
  organization?: string;
  location?: string;
  description?: string;
  lifetime?: number;
  inactive?: boolean;
}

export async function createClient(
  terminal: Terminal,
  options: ClientCreateOptions,
): Promise<void> {
  // The file first: a secret that cannot be kept should not be made.
  await withReservedFile(
    options.save,
    { mayReplace: () => options.force === true, another: 'secrets create' },
    async (file) => {
      const { admin, issuer } = await connectAdmin(options, terminal);
      const { client_secret: secret, ...client } = await admin.create(
        '/clients',
        createdClientSchema,
        {
          name: options.name,
          grants: await readGrants(admin, options.grant ?? []),
          active: options.inactive !== true,
          ...(await findPlaces(admin, options)),
          ...(options.description === undefined ? {} : { description: options.description }),
          ...(options.lifetime === undefined
            ? {}
            : { access_token_lifetime_seconds: options.lifetime }),
        },
        options.idempotencyKey,
      );
      const clientSecret = requireShown(secret, {
        made: `The client ${client.name} is registered as ${client.client_id}`,
        advice: `Give it another, which ends that one: latchkey secrets create ${client.client_id} --retire-others-in 0`,
      });
      const credential = { clientId: client.client_id, clientSecret };
      await file?.write(formatCredentials(issuer, credential));
      if (options.json) {
        return terminal.printJson(
          file ? { ...client, saved_to: file.path } : { ...client, client_secret: clientSecret },
        );
      }
      const grants = client.grants.map(({ api, scopes }) => `${api}: ${scopes.join(' ')}`);
      terminal.print(
        `Registered the client ${client.name}.`,
        '',
        ...formatFields([
          ['client_id', client.client_id],
          ['client_secret', file ? null : clientSecret],
          ...grants.map((grant) => ['grant', grant] as const),
          ['id', client.id],
        ]),
        '',
        file
          ? `Its credential is in ${file.path}, which only you can read.`
          : 'Keep the secret: it is shown this once, and nobody can read it back.',
      );
      if (grants.length === 0) {
        terminal.note(
          `It gets no access token until it is granted an API: next time with --grant, now with "latchkey clients update ${client.client_id} --grant".`,
        );
      }
    },
  );
}
