/** How people name a record on the command line: by its record id, its public id, or a name only it has. */
import type { AdminClient } from './admin-client.ts';
import { CliError, exitCodes } from '../terminal/cli-error.ts';
import {
  apiSchema,
  clientSchema,
  placeSchema,
  type ApiRecord,
  type ClientRecord,
  type PlaceRecord,
} from './wire-records.ts';

const recordIdPattern = /^client_[0-9A-Za-z]{22}$/;
const candidatesMax = 1000;

/** Throws when no client has it, or when several share the name: never a guess. */
export async function findClient(admin: AdminClient, reference: string): Promise<ClientRecord> {
  if (recordIdPattern.test(reference)) {
    const client = await admin.find(`/clients/${reference}`, clientSchema);
    if (client) return client;
  }
  const { data: candidates } = await admin.list(
    '/clients',
    clientSchema,
    { q: reference },
    candidatesMax,
  );
  const byClientId = candidates.find((client) => client.client_id === reference);
  if (byClientId) return byClientId;
  const [named, ...others] = candidates.filter(({ name }) => name === reference);
  if (named === undefined) throw unknown(reference, candidates);
  if (others.length > 0) throw ambiguous(reference, [named, ...others]);
  return named;
}

const apiIdPattern = /^api_[0-9A-Za-z]{22}$/;

/** By its identifier or record id. */
export async function findApi(admin: AdminClient, reference: string): Promise<ApiRecord> {
  if (apiIdPattern.test(reference)) {
    const api = await admin.find(`/apis/${reference}`, apiSchema);
    if (api) return api;
  }
  const filter = { q: reference };
  const { data: candidates } = await admin.list('/apis', apiSchema, filter, candidatesMax);
  const api = candidates.find(({ identifier }) => identifier === reference);
  if (api) return api;
  throw new CliError(exitCodes.refused, [
    `no API has the identifier or id "${reference}"`,
    ...candidates.slice(0, listedMax).map(({ identifier, name }) => `  ${identifier}  ${name}`),
  ]);
}

function unknown(reference: string, similar: readonly ClientRecord[]): CliError {
  return new CliError(exitCodes.refused, [
    `no client has the id, client_id or name "${reference}"`,
    ...(similar.length === 0 ? [] : ['Similar:', ...listed(similar)]),
  ]);
}

function ambiguous(reference: string, clients: readonly ClientRecord[]): CliError {
  return new CliError(exitCodes.refused, [
    `${clients.length} clients are called "${reference}": use the client_id of the one you mean`,
    ...listed(clients),
  ]);
}

/** Of options and arguments that name a place. */
export const placeText = 'record id, or a name only one has';

export type PlaceNoun = 'organization' | 'location';

const placeIdPatterns: Record<PlaceNoun, RegExp> = {
  organization: /^org_[0-9A-Za-z]{22}$/,
  location: /^location_[0-9A-Za-z]{22}$/,
};

/** Whether it is a record id, which needs no look-up, and no permission to look it up. */
export function isPlaceId(noun: PlaceNoun, reference: string): boolean {
  return placeIdPatterns[noun].test(reference);
}

/** An organization or a location, by record id or a name only it has: never a guess. */
export async function findPlace(
  admin: AdminClient,
  noun: PlaceNoun,
  reference: string,
): Promise<PlaceRecord> {
  if (isPlaceId(noun, reference)) {
    const place = await admin.find(`/${noun}s/${reference}`, placeSchema);
    if (place) return place;
  }
  const filters = { q: reference };
  const { data: candidates } = await admin.list(`/${noun}s`, placeSchema, filters, candidatesMax);
  const [named, ...others] = candidates.filter(({ name }) => name === reference);
  if (named === undefined) {
    throw new CliError(exitCodes.refused, [`no ${noun} has the id or name "${reference}"`]);
  }
  if (others.length > 0) {
    throw new CliError(exitCodes.refused, [
      `${others.length + 1} ${noun}s are called "${reference}": use the id of the one you mean`,
      ...[named, ...others].slice(0, listedMax).map(({ id, name }) => `  ${id}  ${name}`),
    ]);
  }
  return named;
}

/** The record ids of the organization and the location that options name; `any` and `none` stay what they are. */
export async function findPlaces(
  admin: AdminClient,
  { organization, location }: { organization?: string; location?: string },
): Promise<Record<string, string>> {
  const isWord = location === 'any' || location === 'none';
  const find = async (noun: PlaceNoun, reference: string) =>
    (await findPlace(admin, noun, reference)).id;
  return {
    ...(organization === undefined
      ? {}
      : { organization: await find('organization', organization) }),
    ...(location === undefined
      ? {}
      : { location: isWord ? location : await find('location', location) }),
  };
}

const listedMax = 10;

function listed(clients: readonly ClientRecord[]): string[] {
  const lines = clients
    .slice(0, listedMax)
    .map((client) => `  ${client.client_id}  ${client.name}`);
  return clients.length > listedMax
    ? [...lines, `  and ${clients.length - listedMax} more`]
    : lines;
}
