/** What is revoked or retired while a token is being signed: that token does not leave, but the next one (S1). */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { decodeProtectedHeader, importJWK, jwtVerify, type JWK } from 'jose';
import { AccessTokenMint, type MintRequest } from '../../src/access-token/access-token-mint.ts';
import { composeRegistry, type Registry } from '../../src/compose/compose-registry.ts';
import { Engine, tokenPath } from '../../src/oauth/engine.ts';
import { FastLane } from '../../src/oauth/fast-lane.ts';
import { GuessBrake } from '../../src/oauth/guess-brake.ts';
import { TokenEndpoint } from '../../src/oauth/token-endpoint.ts';
import type { Actor } from '../../src/model/principal.ts';
import { ClientRegistry } from '../../src/registry/client-registry.ts';
import { UseLedger } from '../../src/usage/use-ledger.ts';
import { followRegistry, type FollowedRegistry } from '../registry-memory/followed-registry.ts';
import { clientRequest, findOperator } from '../registry/registry-actor.ts';
import { requestToken, type Answer } from '../support/admin-api.ts';
import { inProcessSettings, silentLog } from '../support/in-process-settings.ts';
import type { Credential } from '../support/server-process.ts';
import { startEndpointServer, type EndpointServer } from './endpoint-server.ts';

const never = 3_600_000;
const algorithm = 'ES256';

let registry: Registry;
/** Another instance, which makes the changes. */
let elsewhere: Registry;
let operator: Actor;
let clients: ClientRegistry;
let followed: FollowedRegistry;
let server: EndpointServer;
/** The `kid` of every token that was signed. */
let signedWith: string[];
/** Whether the fast lane answered. */
let answeredByLane: boolean[];
/** Comes to pass between the next signature and its token, until it is acknowledged. */
let overtake: ((kid: string) => Promise<unknown>) | undefined;

beforeAll(async () => {
  server = await startEndpointServer();
  const settings = { ...(await inProcessSettings()), issuer: server.issuer };
  registry = await composeRegistry(settings, silentLog);
  elsewhere = await composeRegistry(settings, silentLog);
  operator = await findOperator(elsewhere.store);
  clients = new ClientRegistry(elsewhere);
  const { database, store, ring } = registry;
  followed = await followRegistry(database, store.tokenClients, (version) =>
    ring.catchUpWith(version),
  );
  server.serve({ [tokenPath]: createEndpoint(server.issuer) });
});
afterAll(async () => {
  await server.close();
  await followed.follower.stop();
  await registry.database.close();
  await elsewhere.database.close();
  expect(followed.errors).toEqual([]);
});
beforeEach(() => {
  signedWith = [];
  answeredByLane = [];
  overtake = undefined;
});

/** The endpoint as compose-server.ts builds it, but that signatures can take their time. */
function createEndpoint(issuer: string): TokenEndpoint {
  const { store, ring } = registry;
  const { memory } = followed;
  const use = new UseLedger({ store, flushMillis: never });
  const signing = new AccessTokenMint({ issuer, signingKeys: ring });
  const mint = {
    async mintAccessToken(request: MintRequest) {
      const minted = await signing.mintAccessToken(request);
      const kid = String(decodeProtectedHeader(minted.value).kid);
      signedWith.push(kid);
      const happening = overtake;
      overtake = undefined;
      await happening?.(kid);
      return minted;
    },
  };
  return new TokenEndpoint({
    issuer,
    brake: new GuessBrake(),
    fastLane: new FastLane({
      mint,
      memory,
      use,
      onAnswer: (answered) => void answeredByLane.push(answered),
    }),
    engine: new Engine({ issuer, mint, clients: memory, use }),
    clients: memory,
    use,
  });
}

/** May read clients, and has not been seen yet: its first token is the engine's, the others the lane's. */
async function newClient(): Promise<Credential & { id: string }> {
  const grants = [{ api: `${server.issuer}/api`, scopes: ['clients:read'], isDefault: true }];
  const { record, clientSecret } = await clients.create(operator, clientRequest({ grants }));
  return { id: record.id, clientId: record.clientId, clientSecret: clientSecret ?? '' };
}

const fetchToken = (client: Credential) => requestToken({ ...server, operator: client }, client);

/** As a resource server would, with the keys that are published now. */
async function expectSignedWithLiveKey({ status, body }: Answer): Promise<void> {
  expect([status, body['scope']]).toEqual([200, 'clients:read']);
  const token = String(body['access_token']);
  const { kid } = decodeProtectedHeader(token);
  const { keys } = JSON.parse(registry.ring.jwks) as { keys: JWK[] };
  const jwk = keys.find((key) => key.kid === kid);
  if (jwk === undefined) throw new Error('its key is not published any more');
  await jwtVerify(token, await importJWK(jwk, algorithm));
}

describe.each([
  ['engine', false],
  ['fast lane', true],
])('while the %s signs', (_road, isWarm) => {
  async function readyClient(): Promise<Credential & { id: string }> {
    const client = await newClient();
    if (isWarm) expect((await fetchToken(client)).status).toBe(200);
    signedWith = [];
    answeredByLane = [];
    return client;
  }

  // S1, F-26
  test.each([
    ['revoked', (kid: string) => elsewhere.rotation.revoke(operator, kid)],
    [
      'retired',
      () =>
        elsewhere.rotation.rotate(operator, {
          algorithm,
          publishAheadSeconds: 0,
          emergency: true,
        }),
    ],
  ])('its key is %s: the token is signed again with the next one', async (_how, end) => {
    const client = await readyClient();
    overtake = end;
    const answer = await fetchToken(client);
    const [ended, successor] = signedWith;
    expect(signedWith.length).toBe(2);
    expect(successor).not.toBe(ended);
    expect(decodeProtectedHeader(String(answer.body['access_token'])).kid).toBe(successor);
    await expectSignedWithLiveKey(answer);
    expect(answeredByLane[0]).toBe(isWarm);
  });

  // S1
  test('its client is deactivated: it gets nothing', async () => {
    const client = await readyClient();
    overtake = () => clients.update(operator, client.id, { active: false }, undefined);
    const { status, body } = await fetchToken(client);
    expect([status, body['error']]).toEqual([401, 'invalid_client']);
    expect(signedWith.length).toBe(1);
    expect(answeredByLane[0]).toBe(isWarm);
  });

  test('another client is deactivated: its own token leaves as it is', async () => {
    const [client, other] = [await readyClient(), await newClient()];
    overtake = () => clients.update(operator, other.id, { active: false }, undefined);
    await expectSignedWithLiveKey(await fetchToken(client));
    expect(signedWith.length).toBe(1);
    expect(answeredByLane).toEqual([isWarm]);
  });
});
