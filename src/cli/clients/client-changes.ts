/** `latchkey clients update`, `restore` and `regenerate`. */
import { CliError, exitCodes } from '../terminal/cli-error.ts';
import { requireYesKnowingImpact } from './client-impact.ts';
import { describeClient } from './client-listing.ts';
import type { ConfirmationOptions } from '../terminal/confirmation.ts';
import { formatCredentials } from '../remote/credentials-file.ts';
import { readGrants, type GrantRequest } from './grant-option.ts';
import { findClient, findPlace } from '../remote/record-reference.ts';
import {
  connectAdmin,
  type CreationOptions,
  type RemoteOptions,
  type SaveOptions,
} from '../remote/remote-command.ts';
import { withReservedFile } from '../terminal/saved-file.ts';
import { adviseAnother, requireShown } from '../terminal/shown-secret.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { formatFields, formatTime } from '../terminal/text-table.ts';
import { clientSchema, regeneratedCredentialSchema } from '../remote/wire-records.ts';

export interface UpdateOptions extends RemoteOptions {
  name?: string;
  description?: string;
  /** false: the cap is taken away. */
  lifetime?: number | false;
  /** Added to what is granted. */
  grant?: string[];
  /** Taken from what is granted. */
  revoke?: string[];
  replaceGrants?: string[];
  /** false: all are taken away. */
  grants?: boolean;
  exempt?: boolean;
  /** `none`: the organization's own again. */
  location?: string;
}

export interface RegenerateOptions extends CreationOptions, SaveOptions, ConfirmationOptions {
  clientId?: boolean;
  overlap?: number;
  keepTokens?: boolean;
}

export async function updateClient(
  terminal: Terminal,
  reference: string,
  options: UpdateOptions,
): Promise<void> {
  requireOneWayOfGranting(options);
  const { admin } = await connectAdmin(options, terminal);
  const path = `/clients/${(await findClient(admin, reference)).id}`;
  // What was read decides what is sent: a change in between is not undone.
  const { record: client, etag } = await admin.getTagged(path, clientSchema);
  const changes = {
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.description === undefined ? {} : { description: options.description }),
    ...(options.lifetime === undefined
      ? {}
      : { access_token_lifetime_seconds: options.lifetime === false ? null : options.lifetime }),
    ...(options.exempt === undefined ? {} : { exempt_from_inactivity: options.exempt }),
    ...(options.location === undefined ? {} : { location: await readLocation(options.location) }),
    ...(await readGrantChanges(options)),
  };
  if (Object.keys(changes).length === 0) {
    throw new CliError(exitCodes.usage, ['name something to change: see "clients update --help"']);
  }
  const isRelative = options.grant !== undefined || options.revoke !== undefined;
  const updated = await admin.patch(path, clientSchema, changes, isRelative ? etag : undefined);
  if (options.json) return terminal.printJson(updated);
  terminal.print(`Changed ${updated.name}.`, '', ...describeClient(updated));

  async function readLocation(location: string): Promise<string | null> {
    return location === 'none' ? null : (await findPlace(admin, 'location', location)).id;
  }

  async function readGrantChanges({ grant, revoke, replaceGrants, grants }: UpdateOptions) {
    if (grants === false) return { grants: [] };
    if (replaceGrants) return { grants: await readGrants(admin, replaceGrants) };
    if (!grant && !revoke) return {};
    const added = addGrants(client.grants, await readGrants(admin, grant ?? []));
    return { grants: takeGrants(added, revoke ?? []) };
  }
}

function requireOneWayOfGranting(options: UpdateOptions): void {
  const ways = [
    options.grant !== undefined || options.revoke !== undefined,
    options.replaceGrants !== undefined,
    options.grants === false,
  ];
  if (ways.filter(Boolean).length > 1) {
    throw new CliError(exitCodes.usage, [
      '--grant and --revoke change what is granted, --replace-grants and --no-grants replace it: use one of the three',
    ]);
  }
}

type HeldGrant = GrantRequest & { default?: boolean };

export function addGrants(held: readonly HeldGrant[], added: readonly GrantRequest[]): HeldGrant[] {
  const widened = held.map((grant) => {
    const more = added.filter(({ api }) => api === grant.api).flatMap(({ scopes }) => scopes);
    return { ...grant, scopes: [...new Set([...grant.scopes, ...more])] };
  });
  const news = added.filter(({ api }) => !held.some((grant) => grant.api === api));
  return [...widened, ...news];
}

/** `<api>` takes the whole grant, `<api>=scope,scope` some of it. */
export function takeGrants(held: readonly HeldGrant[], revoked: readonly string[]): HeldGrant[] {
  return revoked.reduce<readonly HeldGrant[]>(takeGrant, held).slice();
}

function takeGrant(held: readonly HeldGrant[], option: string): HeldGrant[] {
  const [grant] = held
    .filter(({ api }) => option === api || option.startsWith(`${api}=`))
    .toSorted((one, other) => other.api.length - one.api.length);
  if (grant === undefined) {
    throw new CliError(exitCodes.refused, [
      `--revoke ${option}: the client is not granted this API`,
      ...held.map(({ api, scopes }) => `  ${api}=${scopes.join(',')}`),
    ]);
  }
  if (option === grant.api) return held.filter((each) => each !== grant);
  const taken = option.slice(grant.api.length + 1).split(',');
  const unknown = taken.filter((scope) => !grant.scopes.includes(scope));
  if (unknown.length > 0) {
    throw new CliError(exitCodes.refused, [
      `--revoke ${option}: not granted: ${unknown.join(', ')}`,
    ]);
  }
  const scopes = grant.scopes.filter((scope) => !taken.includes(scope));
  return held.flatMap((each) => {
    if (each !== grant) return [each];
    return scopes.length === 0 ? [] : [{ ...grant, scopes }];
  });
}

/** A deleted client is in no list, so only its record id names it. */
export async function restoreClient(
  terminal: Terminal,
  id: string,
  options: RemoteOptions,
): Promise<void> {
  const { admin } = await connectAdmin(options, terminal);
  const client = await admin.post(`/clients/${encodeURIComponent(id)}/restore`, clientSchema, {});
  if (options.json) return terminal.printJson(client);
  terminal.print(
    `Restored ${client.name} (${client.client_id}).`,
    client.active
      ? 'It is active: it can fetch access tokens.'
      : `It is INACTIVE: "latchkey clients activate ${client.client_id}" lets it fetch access tokens.`,
  );
}

export async function regenerateClient(
  terminal: Terminal,
  reference: string,
  options: RegenerateOptions,
): Promise<void> {
  await withReservedFile(
    options.save,
    { mayReplace: () => options.force === true, another: 'secrets create' },
    async (file) => {
      const { admin, issuer } = await connectAdmin(options, terminal);
      const client = await findClient(admin, reference);
      const what = options.clientId ? 'client_id and secret' : 'secret';
      const when =
        options.overlap === undefined || options.overlap === 0
          ? 'Every other secret ends at once'
          : 'Every other secret ends after the overlap';
      await requireYesKnowingImpact({ admin, terminal }, options, {
        client,
        question: `Regenerate the ${what} of ${client.name} (${client.client_id})? ${when}.`,
        refusal: 'nothing was regenerated',
      });
      const { client_secret: secret, ...rest } = await admin.create(
        `/clients/${client.id}/regenerate`,
        regeneratedCredentialSchema,
        {
          ...(options.clientId ? { client_id: true } : {}),
          ...(options.overlap === undefined ? {} : { overlap_seconds: options.overlap }),
          ...(options.keepTokens ? { revoke_tokens: false } : {}),
        },
        options.idempotencyKey,
      );
      const clientSecret = requireShown(secret, {
        made: `The ${what} of ${client.name} is regenerated, and it is ${rest.client_id}`,
        advice: adviseAnother(rest.client_id),
      });
      const credential = { clientId: rest.client_id, clientSecret };
      await file?.write(formatCredentials(issuer, credential));
      if (options.json) {
        return terminal.printJson(
          file ? { ...rest, saved_to: file.path } : { ...rest, client_secret: clientSecret },
        );
      }
      terminal.print(
        `Regenerated the ${what} of ${client.name}.`,
        '',
        ...formatFields([
          ['client_id', rest.client_id],
          ['client_secret', file ? null : clientSecret],
          [
            'old credential',
            rest.old_credential_ends_at === null
              ? 'has ended'
              : `ends ${formatTime(rest.old_credential_ends_at)}`,
          ],
        ]),
        '',
        file
          ? `The credential is in ${file.path}, which only you can read.`
          : 'Keep the secret: it is shown this once, and nobody can read it back.',
      );
      terminal.note(rest.warning);
    },
  );
}
