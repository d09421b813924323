/** `--grant <api>[=scope,scope]`: which scopes of which API; without scopes, all it has now. */
import type { AdminClient } from '../remote/admin-client.ts';
import { CliError, exitCodes } from '../terminal/cli-error.ts';
import { apiSchema, type ApiRecord } from '../remote/wire-records.ts';

export interface GrantRequest {
  /** Identifier or record id. */
  api: string;
  scopes: string[];
}

export const apisMax = 10_000;
const lookupPermission = 'apis:read';

/** Whoever may not see the APIs can grant them all the same, when the scopes are named. */
export async function readGrants(
  admin: AdminClient,
  options: readonly string[],
): Promise<GrantRequest[]> {
  if (options.length === 0) return [];
  if (!admin.permissions.has(lookupPermission)) return options.map(splitGrant);
  const { data: apis } = await admin.list('/apis', apiSchema, {}, apisMax);
  return options.map((option) => parseGrant(option, apis));
}

/** An identifier may hold "=" itself, so the APIs that exist decide where it ends: the longest one wins. */
export function parseGrant(
  option: string,
  apis: readonly Pick<ApiRecord, 'id' | 'identifier' | 'scopes'>[],
): GrantRequest {
  const [match] = apis
    .flatMap((api) => [api.identifier, api.id].map((name) => ({ api, name })))
    .filter(({ name }) => option === name || option.startsWith(`${name}=`))
    .toSorted((one, other) => other.name.length - one.name.length);
  if (match === undefined) {
    throw new CliError(exitCodes.refused, [
      `--grant ${option}: there is no such API, or it is not yours to see`,
      ...apis.slice(0, 10).map(({ identifier }) => `  ${identifier}`),
    ]);
  }
  const { api, name } = match;
  if (option !== name) {
    return { api: api.identifier, scopes: parseScopes(option, option.slice(name.length + 1)) };
  }
  const scopes = api.scopes.map(({ value }) => value);
  if (scopes.length === 0) {
    throw new CliError(exitCodes.refused, [`--grant ${option}: this API has no scopes yet`]);
  }
  return { api: api.identifier, scopes };
}

/** At the first "=": an identifier that holds one itself needs the lookup. */
export function splitGrant(option: string): GrantRequest {
  const end = option.indexOf('=');
  if (end === -1) {
    throw new CliError(exitCodes.refused, [
      `--grant ${option}: which scopes it has can only be looked up with the permission ${lookupPermission}: name them, as in --grant ${option}=scope,scope`,
    ]);
  }
  return { api: option.slice(0, end), scopes: parseScopes(option, option.slice(end + 1)) };
}

function parseScopes(option: string, text: string): string[] {
  const scopes = text.split(',').filter((scope) => scope !== '');
  if (scopes.length > 0) return scopes;
  throw new CliError(exitCodes.usage, [`--grant ${option}: name scopes after "="`]);
}
