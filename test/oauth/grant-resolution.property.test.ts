/** A client gets what it was granted and nothing else, for generated sets of grants and requests (DESIGN §4). */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeJwt } from 'jose';
import { OAuthError } from '../../src/model/oauth-error.ts';
import type { TokenClient } from '../../src/model/token-client.ts';
import { resolveGrant } from '../../src/registry/grant-resolution.ts';
import { AdminApi, requestToken } from '../support/admin-api.ts';
import { describeOnBothDatabases } from '../support/shared-servers.ts';
import { createTokenClient } from './in-process-server.ts';

/** Few of each, so that they overlap. */
const apiNames = ['a', 'b', 'c', 'd'];
const scopeNames = ['r', 'w', 'x', 'y'];
const runs = 5000;
const runsOverHttp = 60;

interface GrantModel {
  api: string;
  /** In the API's order. */
  scopes: string[];
}

interface World {
  grants: GrantModel[];
  /** Index of the default; past the end when none was named. */
  defaultIndex: number;
  resource: string | undefined;
  /** undefined: the parameter was not sent. */
  scopes: string[] | undefined;
}

type Outcome = { api: string; scopes: string[] } | 'invalid_target' | 'invalid_scope';

const inOrder = (scopes: Iterable<string>) => {
  const set = new Set(scopes);
  return scopeNames.filter((scope) => set.has(scope));
};

/**
 * DESIGN §4, "Scope and audience rules", sentence by sentence and with nothing of the product's. A grant whose
 * scopes have all left their API (`mayBeEmpty`) grants nothing.
 */
function expectOutcome({ grants, defaultIndex, resource, scopes }: World): Outcome {
  const covers = (grant: GrantModel) =>
    (scopes ?? []).every((scope) => grant.scopes.includes(scope));
  const give = (grant: GrantModel): Outcome => {
    const given = scopes === undefined ? grant.scopes : inOrder(scopes);
    if (!covers(grant) || given.length === 0) return 'invalid_scope';
    return { api: grant.api, scopes: given };
  };
  // "`resource` names an API by its identifier. Not granted: invalid_target."
  if (resource !== undefined) {
    const named = grants.find(({ api }) => api === resource);
    return named === undefined ? 'invalid_target' : give(named);
  }
  // "No grants at all: invalid_target."
  if (grants.length === 0) return 'invalid_target';
  // "If exactly one granted API grants all the scopes asked for, that one;
  const granting = grants.filter(covers);
  const [only, ...others] = granting;
  if (only !== undefined && others.length === 0) return give(only);
  // else the client's default API (the first granted, until an admin changes it) if it grants them;
  const fallback = grants[defaultIndex] ?? grants[0];
  if (fallback !== undefined && covers(fallback)) return give(fallback);
  // else invalid_target" – but "a scope that is unknown or not granted: invalid_scope".
  const everything = new Set(grants.flatMap((grant) => grant.scopes));
  return (scopes ?? []).every((scope) => everything.has(scope))
    ? 'invalid_target'
    : 'invalid_scope';
}

function arbitraryWorld(options: { mayBeEmpty: boolean }): fc.Arbitrary<World> {
  const scopeSet = fc
    .subarray(scopeNames, { minLength: options.mayBeEmpty ? 0 : 1 })
    .map((scopes) => inOrder(scopes));
  return fc.record({
    grants: fc.uniqueArray(fc.record({ api: fc.constantFrom(...apiNames), scopes: scopeSet }), {
      selector: ({ api }) => api,
      maxLength: apiNames.length,
    }),
    defaultIndex: fc.nat(apiNames.length),
    resource: fc.option(fc.constantFrom(...apiNames, 'unknown'), { nil: undefined }),
    scopes: fc.option(fc.shuffledSubarray([...scopeNames, 'unknown'], { minLength: 1 }), {
      nil: undefined,
    }),
  });
}

function toClient({ grants, defaultIndex }: World): TokenClient {
  return createTokenClient({
    grants: grants.map(({ api, scopes }, index) => ({
      apiId: 'api_1',
      apiIdentifier: api,
      isDefault: index === defaultIndex,
      scopes,
      accessTokenLifetimeSeconds: 3600,
      signingAlgorithm: 'ES256',
      tokenType: 'at+jwt',
      builtIn: false,
    })),
  });
}

function resolve(world: World): Outcome {
  try {
    const { grant, scopes } = resolveGrant(
      toClient(world),
      world.resource,
      world.scopes?.join(' '),
    );
    return { api: grant.apiIdentifier, scopes: [...scopes] };
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    // The model knows these two, and any other is a fault.
    return error.code as Outcome;
  }
}

describe('resolveGrant', () => {
  test('answers as the rules say', () => {
    fc.assert(
      fc.property(arbitraryWorld({ mayBeEmpty: true }), (world) => {
        expect(resolve(world)).toEqual(expectOutcome(world));
      }),
      { numRuns: runs },
    );
  });

  test('gives exactly what was asked for and granted, or nothing', () => {
    fc.assert(
      fc.property(arbitraryWorld({ mayBeEmpty: true }), (world) => {
        const outcome = resolve(world);
        if (typeof outcome === 'string') return;
        const grant = world.grants.find(({ api }) => api === outcome.api);
        expect(grant?.scopes).toEqual(expect.arrayContaining(outcome.scopes));
        expect(outcome.scopes.length).toBeGreaterThan(0);
        if (world.scopes) expect([...outcome.scopes].sort()).toEqual([...world.scopes].sort());
        if (world.resource !== undefined) expect(outcome.api).toBe(world.resource);
      }),
      { numRuns: runs },
    );
  });

  test('does not depend on the order of the scopes, nor on one being named twice', () => {
    fc.assert(
      fc.property(arbitraryWorld({ mayBeEmpty: true }), (world) => {
        const scopes = world.scopes && [...world.scopes, ...world.scopes].toReversed();
        expect(resolve({ ...world, scopes })).toEqual(resolve(world));
      }),
      { numRuns: runs / 5 },
    );
  });
});

describeOnBothDatabases('the token endpoint', (server) => {
  const admin = new AdminApi(server);
  const prefix = `https://${randomBytes(6).toString('hex')}.example.com/`;
  const identifierOf = (api: string) => prefix + api;
  let client: Awaited<ReturnType<AdminApi['createClient']>>;

  beforeAll(async () => {
    for (const api of apiNames)
      await admin.createApi(scopeNames, { identifier: identifierOf(api) });
    client = await admin.createClient([]);
  });
  afterAll(async () => {
    await admin.request(`/clients/${client.id}`, { method: 'DELETE' });
  });

  async function ask({ resource, scopes }: World): Promise<Outcome> {
    const { status, body } = await requestToken(server, client, {
      ...(resource === undefined ? {} : { resource: identifierOf(resource) }),
      ...(scopes === undefined ? {} : { scope: scopes.join(' ') }),
    });
    // The model knows these two, and any other is a fault.
    if (status !== 200) return body['error'] as Outcome;
    const { aud, scope } = decodeJwt(String(body['access_token']));
    expect(scope).toBe(body['scope']);
    return { api: String(aud).slice(prefix.length), scopes: String(scope).split(' ') };
  }

  test('answers as the rules say, for grants that an admin sets', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryWorld({ mayBeEmpty: false }), async (world) => {
        const { status } = await admin.request(`/clients/${client.id}`, {
          method: 'PATCH',
          body: {
            grants: world.grants.map(({ api, scopes }, index) => ({
              api: identifierOf(api),
              scopes,
              ...(index === world.defaultIndex ? { default: true } : {}),
            })),
          },
        });
        expect(status).toBe(200);
        expect(await ask(world)).toEqual(expectOutcome(world));
      }),
      { numRuns: runsOverHttp },
    );
  });
});
