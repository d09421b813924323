/** Which changes of a client take something away: those are waited for, and the others are not (S1, S1b). */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { accessTokenLifetimeSeconds } from '../../src/access-token/access-token-mint.ts';
import { composeRegistry, type Registry } from '../../src/compose/compose-registry.ts';
import type { Actor } from '../../src/model/principal.ts';
import type { TokenClient } from '../../src/model/token-client.ts';
import { ApiRegistry } from '../../src/registry/api-registry.ts';
import { ClientRegistry } from '../../src/registry/client-registry.ts';
import type { ClientRequest } from '../../src/registry/client-request.ts';
import type { GrantRequest } from '../../src/registry/client-grants.ts';
import { resolveGrant, type ResolvedGrant } from '../../src/registry/grant-resolution.ts';
import { OAuthError } from '../../src/model/oauth-error.ts';
import type { RegistryChange, RegistryChanged } from '../../src/store/change/registry-change.ts';
import { Store } from '../../src/store/store.ts';
import { inProcessSettings, silentLog } from '../support/in-process-settings.ts';
import { clientRequest, findOperator } from './registry-actor.ts';

const runs = 100;
const apiIdentifiers = ['https://one.example.com', 'https://two.example.com'];
const scopeValues = ['a', 'b', 'c'];

/** Keeps what the last change said of itself: only the store hears it. */
class RecordingStore extends Store {
  last: RegistryChanged<unknown> | undefined;

  override async change<T>(
    actor: Actor,
    work: (change: RegistryChange) => Promise<T>,
  ): Promise<RegistryChanged<T>> {
    const changed = await super.change(actor, work);
    this.last = changed;
    return changed;
  }
}

let registry: Registry;
let store: RecordingStore;
let clients: ClientRegistry;
let operator: Actor;

beforeAll(async () => {
  const settings = await inProcessSettings();
  registry = await composeRegistry(settings, silentLog);
  store = new RecordingStore(registry.database);
  store.signAuditEventsWith(registry.auditKeys);
  operator = await findOperator(store);
  clients = new ClientRegistry({ store });
  const apis = new ApiRegistry({
    store,
    signingKeys: registry.rotation,
    issuer: settings.issuer,
  });
  for (const identifier of apiIdentifiers) {
    await apis.create(operator, {
      identifier,
      name: 'An API',
      scopes: scopeValues.map((value) => ({ value, description: '' })),
      accessTokenLifetimeSeconds: 3600,
      signingAlgorithm: 'ES256',
      tokenType: 'at+jwt',
      introspectionClients: [],
      organization: undefined,
    });
  }
});
afterAll(() => registry.database.close());

/** What a change may name. */
type Fields = Partial<Omit<ClientRequest, 'organization' | 'authenticationMethod'>>;

interface Outcome {
  takesNothing: boolean;
  before: TokenClient;
  after: TokenClient;
}

async function read(clientId: string): Promise<TokenClient> {
  const { client } = await store.tokenClients.read({ clientId, presentedDigest: undefined });
  if (client === undefined) throw new Error('the client is gone');
  return client;
}

/** Registers a client, and changes it. */
async function change(request: Fields, changes: Fields): Promise<Outcome> {
  const { record } = await clients.create(operator, clientRequest(request));
  const before = await read(record.clientId);
  await clients.update(operator, record.id, changes, undefined);
  return {
    takesNothing: store.last?.onlyAdds ?? false,
    before,
    after: await read(record.clientId),
  };
}

const grant = (api: number, scopes: string[], isDefault = false): GrantRequest => ({
  api: apiIdentifiers[api] ?? '',
  scopes,
  isDefault,
});

const usual: Fields = {
  accessTokenLifetimeSeconds: 600,
  grants: [grant(0, ['a', 'b'], true), grant(1, ['a'])],
};

describe('is not waited for', () => {
  test.each<[string, Fields, Fields]>([
    ['a name', {}, { name: 'Another' }],
    ['a description', {}, { description: 'Another' }],
    ['an exemption from inactivity', {}, { exemptFromInactivity: true }],
    ['what is there already', {}, usual],
    ['a scope more', {}, { grants: [grant(0, ['a', 'b', 'c'], true), grant(1, ['a', 'b'])] }],
    ['another order', {}, { grants: [grant(1, ['a']), grant(0, ['b', 'a'], true)] }],
    ['an API more', { grants: [grant(0, ['a'])] }, { grants: [grant(0, ['a']), grant(1, ['a'])] }],
    ['a first grant', { grants: [] }, { grants: [grant(0, ['a'])] }],
    ['an activation', { active: false }, { active: true }],
    ['the same of an inactive client', { active: false }, { active: false, name: 'Another' }],
  ])('%s', async (_what, request, changes) => {
    const { takesNothing, before, after } = await change({ ...usual, ...request }, changes);
    expect(takesNothing).toBe(true);
    expect(after.cutoffVersion).toBe(before.cutoffVersion);
  });
});

describe('is waited for', () => {
  test.each<[string, Fields]>([
    ['a scope less', { grants: [grant(0, ['a'], true), grant(1, ['a'])] }],
    ['a scope instead of another', { grants: [grant(0, ['a', 'c'], true), grant(1, ['a'])] }],
    [
      'a scope that moves to another API',
      { grants: [grant(0, ['a'], true), grant(1, ['a', 'b'])] },
    ],
    ['an API less', { grants: [grant(0, ['a', 'b'], true)] }],
    ['no grant at all', { grants: [] }],
    ['another default', { grants: [grant(0, ['a', 'b']), grant(1, ['a'], true)] }],
    ['a shorter life of its tokens', { accessTokenLifetimeSeconds: 60 }],
    [
      'a scope less beside a new name and a scope more',
      {
        name: 'Another',
        grants: [grant(0, ['a'], true), grant(1, ['a', 'b'])],
      },
    ],
  ])('%s', async (_what, changes) => {
    const { takesNothing, before, after } = await change(usual, changes);
    expect(takesNothing).toBe(false);
    // Its tokens go on until they expire: only a deactivation ends them.
    expect(after.cutoffVersion).toBe(before.cutoffVersion);
  });

  test('a deactivation, and it ends its tokens', async () => {
    const { takesNothing, before, after } = await change(usual, { active: false });
    expect(takesNothing).toBe(false);
    expect(after.cutoffVersion).toBeGreaterThan(before.cutoffVersion);
  });
});

function resolve(
  client: TokenClient,
  resource: string | undefined,
  scope: string | undefined,
): ResolvedGrant | undefined {
  try {
    return client.usable ? resolveGrant(client, resource, scope) : undefined;
  } catch (error) {
    if (error instanceof OAuthError) return undefined;
    throw error;
  }
}

/** Whether an instance that has not heard of the change issues nothing that is forbidden by it. */
function isObeyedUnheard(before: TokenClient, after: TokenClient): boolean {
  const scopes = [undefined, ...scopeValues, 'a b', 'a c', 'b c', 'a b c'];
  return [undefined, ...apiIdentifiers].every((resource) =>
    scopes.every((scope) => {
      const issued = resolve(before, resource, scope);
      if (issued === undefined) return true;
      const { apiIdentifier } = issued.grant;
      const allowed = resolve(after, apiIdentifier, issued.scopes.join(' '));
      return (
        allowed !== undefined &&
        accessTokenLifetimeSeconds(before, issued.grant) <=
          accessTokenLifetimeSeconds(after, allowed.grant)
      );
    }),
  );
}

const anyLifetime = fc.constantFrom(null, 60, 600);
const anyClient = fc.record({
  active: fc.boolean(),
  accessTokenLifetimeSeconds: anyLifetime,
  grants: fc
    .tuple(fc.subarray([0, 1]), fc.array(fc.subarray(scopeValues), { minLength: 2, maxLength: 2 }))
    .map(([apis, scopes]) => apis.map((api, index) => grant(api, scopes[index] ?? []))),
});

type Change = (
  request: typeof anyClient extends fc.Arbitrary<infer Value> ? Value : never,
) => Fields;

/** Everything at once, or a single thing: a scope is given, or taken where it was held. */
const anyChange = fc.oneof(
  anyClient.map(
    (other): Change =>
      () =>
        other,
  ),
  fc.boolean().map((active): Change => () => ({ active })),
  anyLifetime.map((accessTokenLifetimeSeconds): Change => () => ({ accessTokenLifetimeSeconds })),
  fc.constantFrom(...scopeValues).map((scope): Change => ({ grants }) => ({
    grants: grants.map(({ scopes, ...held }) => ({
      ...held,
      scopes: scopes.includes(scope) ? scopes.filter((each) => each !== scope) : [...scopes, scope],
    })),
  })),
);

test('whatever changes: what is not waited for is obeyed by those who have not heard of it', async () => {
  let unwaited = 0;
  await fc.assert(
    fc.asyncProperty(anyClient, anyChange, async (request, toChanges) => {
      const { takesNothing, before, after } = await change(request, toChanges(request));
      if (takesNothing) expect(isObeyedUnheard(before, after)).toBe(true);
      unwaited += Number(takesNothing);
      const isDeactivation = before.usable && !after.usable;
      expect(after.cutoffVersion > before.cutoffVersion).toBe(isDeactivation);
    }),
    { numRuns: runs },
  );
  expect(unwaited).toBeGreaterThan(0);
});
