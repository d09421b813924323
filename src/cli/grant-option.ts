/** `--grant <api>[=scope,scope]`: which scopes of which API; without scopes, all it has now. */
import type { AdminClient } from './admin-client.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { apiSchema, type ApiRecord } from './wire-records.ts';

export interface GrantRequest {
  api: string;
  scopes: string[];
}

export const apisMax = 10_000;

export async function readGrants(
  admin: AdminClient,
  options: readonly string[],
): Promise<GrantRequest[]> {
  if (options.length === 0) return [];
  const { data: apis } = await admin.list('/apis', apiSchema, {}, apisMax);
  return options.map((option) => parseGrant(option, apis));
}

/** An identifier may hold "=" itself, so the APIs that exist decide where it ends: the longest one wins. */
export function parseGrant(option: string, apis: readonly ApiRecord[]): GrantRequest {
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
  const scopes =
    option === name
      ? api.scopes.map(({ value }) => value)
      : option
          .slice(name.length + 1)
          .split(',')
          .filter((scope) => scope !== '');
  if (scopes.length === 0) {
    throw new CliError(exitCodes.refused, [
      `--grant ${option}: ${option === name ? 'this API has no scopes yet' : 'name scopes after "="'}`,
    ]);
  }
  return { api: api.identifier, scopes };
}
