/** `latchkey clients impact`: what used a client lately, which is also shown before something is taken away. */
import type { AdminClient } from '../remote/admin-client.ts';
import { requireYes, type ConfirmationOptions } from '../terminal/confirmation.ts';
import { findClient } from '../remote/record-reference.ts';
import { connectAdmin, type RemoteOptions } from '../remote/remote-command.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { formatTable, formatTime } from '../terminal/text-table.ts';
import {
  clientImpactSchema,
  type ClientImpactRecord,
  type ClientRecord,
} from '../remote/wire-records.ts';

const addressesShownMax = 10;

export async function showImpact(
  terminal: Terminal,
  reference: string,
  options: RemoteOptions,
): Promise<void> {
  const { admin } = await connectAdmin(options, terminal);
  const client = await findClient(admin, reference);
  const impact = await readImpact(admin, client);
  if (options.json) return terminal.printJson(impact);
  terminal.print(...describeImpact(impact));
}

/** Asks whether to take something away, and shows before what used it. `secretId`: of that secret alone. */
export async function requireYesKnowingImpact(
  { admin, terminal }: { admin: AdminClient; terminal: Terminal },
  options: ConfirmationOptions,
  asked: { client: ClientRecord; secretId?: string; question: string; refusal: string },
): Promise<void> {
  if (!options.yes && terminal.isInteractive) {
    const impact = await readImpact(admin, asked.client);
    terminal.note(...describeImpact(narrow(impact, asked.secretId)), '');
  }
  await requireYes(terminal, options, asked.question, asked.refusal);
}

function readImpact(admin: AdminClient, { id }: ClientRecord): Promise<ClientImpactRecord> {
  return admin.get(`/clients/${id}/impact`, clientImpactSchema);
}

/** What it got access tokens for is counted by client, not by secret. */
function narrow(impact: ClientImpactRecord, secretId: string | undefined): ClientImpactRecord {
  if (secretId === undefined) return impact;
  return {
    ...impact,
    secrets: impact.secrets.filter(({ id }) => id === secretId),
    addresses: impact.addresses.filter(({ secret }) => secret === secretId),
    apis: [],
  };
}

function describeImpact(impact: ClientImpactRecord): string[] {
  const { name, client_id: clientId, secrets, addresses, apis } = impact;
  const days = Math.round((Date.parse(impact.to) - Date.parse(impact.from)) / 86_400_000);
  if (addresses.length === 0 && apis.length === 0) {
    return [`Nothing used ${name} (${clientId}) in the last ${days} days.`];
  }
  const uses = new Map(secrets.map(({ id, hint }) => [id, hint]));
  const more = addresses.length - addressesShownMax;
  return [
    `In the last ${days} days ${name} (${clientId}) was used:`,
    ...formatTable(
      ['SECRET', 'FROM', 'USES', 'LAST USED'],
      addresses
        .slice(0, addressesShownMax)
        .map((used) => [
          uses.get(used.secret) ?? used.secret_hint,
          used.address,
          String(used.uses),
          formatTime(used.last_used_at),
        ]),
    ),
    ...(more > 0 ? [`and from ${more} more addresses`] : []),
    ...apis.map(
      ({ api, tokens, scopes }) =>
        `${tokens} access token${tokens === 1 ? '' : 's'} for ${api}: ${scopes.map(({ scope }) => scope).join(' ')}`,
    ),
  ];
}
