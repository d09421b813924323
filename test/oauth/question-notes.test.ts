/** What introspection and revocation tell of their callers, and of bound tokens: in this process, to look inside. */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { AccessTokenMint } from '../../src/access-token/access-token-mint.ts';
import { AccessTokenVerification } from '../../src/access-token/access-token-verification.ts';
import type { ClientRefusal, ClientUse, ClientUseObserver } from '../../src/model/client-use.ts';
import type { TokenClient } from '../../src/model/token-client.ts';
import { ClientAuthentication } from '../../src/oauth/client-authentication.ts';
import { GuessBrake } from '../../src/oauth/guess-brake.ts';
import { IntrospectionEndpoint } from '../../src/oauth/introspection-endpoint.ts';
import { RevocationEndpoint } from '../../src/oauth/revocation-endpoint.ts';
import { digestClientSecret } from '../../src/registry/credential.ts';
import type { RevocableToken } from '../../src/registry/single-token-revocation.ts';
import type { TokenRevocation } from '../../src/registry/token-revocation.ts';
import { newClient, newGrant, newKeyPair } from '../access-token/token-fixtures.ts';
import type { Credential } from '../support/server-process.ts';
import { startEndpointServer, type EndpointServer } from './endpoint-server.ts';
import { describeToken, introspect, revoke } from './token-questions.ts';

const nowSeconds = Math.floor(Date.now() / 1000);
const key = newKeyPair('ES256', 'own');

function register(id: string, overrides: Partial<TokenClient> = {}) {
  const credential = { clientId: `the_${id}`, clientSecret: `secret of ${id}` };
  const client = newClient({
    id,
    clientId: credential.clientId,
    secrets: [
      {
        id: `secret_of_${id}`,
        serial: 1n,
        secretDigest: digestClientSecret(credential.clientSecret),
        endsAt: null,
      },
    ],
    ...overrides,
  });
  return { client, credential };
}

const owner = register('owner');
const listed = register('listed');
const stranger = register('stranger');
const inactive = register('inactive', { usable: false });
const known = [owner, listed, stranger, inactive].map(({ client }) => client);

let server: EndpointServer;
/** Everything that was noted, in order. */
let notes: unknown[][];
let revoked: RevocableToken[];
/** What the answer has to wait for. */
let storing: Promise<void> | undefined;

const use: ClientUseObserver = {
  noteUse: (noted: ClientUse) => {
    notes.push(['use', noted]);
    return storing;
  },
  noteToken: () => void notes.push(['token']),
  noteRefusal: (refusal: ClientRefusal) => void notes.push(['refusal', refusal]),
  noteUnlistedIntrospection: (...unlisted) => void notes.push(['unlisted', ...unlisted]),
};

beforeAll(async () => {
  server = await startEndpointServer();
  const { issuer } = server;
  const clients: ConstructorParameters<typeof AccessTokenVerification>[0]['clients'] &
    ConstructorParameters<typeof IntrospectionEndpoint>[0]['clients'] = {
    read: async ({ clientId }) => ({
      client: known.find((client) => client.clientId === clientId),
      registryVersion: 5n,
      signingKeysVersion: 1n,
      nowSeconds,
    }),
    isCurrent: () => true,
  };
  const verification = new AccessTokenVerification({
    issuer,
    signingKeys: { catchUpWith: async () => undefined, findVerifyingKey: () => key },
    clients,
  });
  const authentication = new ClientAuthentication({ clients, use });
  const brake = new GuessBrake();
  server.serve({
    '/oauth2/introspect': new IntrospectionEndpoint({
      issuer,
      brake,
      authentication,
      verification,
      clients,
      apis: {
        isApiCurrent: () => true,
        readApi: async () => ({
          id: 'api_1',
          organizationId: null,
          introspectionClientIds: new Set([listed.client.id]),
          registryVersion: 5n,
        }),
      },
      use,
    }),
    '/oauth2/revoke': new RevocationEndpoint({
      issuer,
      brake,
      authentication,
      verification,
      // The endpoint calls nothing else of it.
      revocation: {
        revokeToken: async (_actor: unknown, token: RevocableToken) => {
          revoked.push(token);
          return { type: 'access_token', id: token.tokenId, version: 6n };
        },
      } as unknown as TokenRevocation,
      use,
    }),
  });
});
afterAll(() => server.close());
beforeEach(() => {
  notes = [];
  revoked = [];
  storing = undefined;
});

async function mint(confirmation?: { jkt: string }): Promise<string> {
  const { value } = await new AccessTokenMint({
    issuer: server.issuer,
    signingKeys: { getSigningKey: () => key },
  }).mintAccessToken({
    client: owner.client,
    grant: newGrant(),
    scopes: ['orders:read'],
    registryVersion: 5n,
    credentialSerial: 1n,
    nowSeconds,
    ...(confirmation === undefined ? {} : { confirmation }),
  });
  return value;
}

const address = () => ({ issuer: server.issuer, operator: owner.credential });
const ask = async (caller: Credential, token: string) =>
  JSON.parse((await introspect(address(), caller, token)).body) as unknown;

function useOf({ client }: typeof owner): ClientUse {
  const [secret] = client.secrets;
  if (secret === undefined) throw new Error('the client has no secret');
  return { client, secret, address: '127.0.0.1', nowSeconds };
}

// P-257
test('a token that is bound to a key says so', async () => {
  const confirmation = { jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I' };
  const token = await mint(confirmation);
  expect(await ask(listed.credential, token)).toEqual({
    ...describeToken(token),
    cnf: confirmation,
  });
});

test('asking and revoking are use of a credential, and nothing else of a listed client', async () => {
  const token = await mint();
  expect(await ask(listed.credential, token)).toEqual(describeToken(token));
  expect(await ask(owner.credential, token)).toEqual(describeToken(token));
  await revoke(address(), owner.credential, token);
  expect(notes).toEqual([
    ['use', useOf(listed)],
    ['use', useOf(owner)],
    ['use', useOf(owner)],
  ]);
  expect(revoked).toHaveLength(1);
});

test('nothing is answered before a first use is stored', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  storing = promise;
  let answered = false;
  const answer = ask(listed.credential, await mint()).then(() => {
    answered = true;
  });
  while (notes.length === 0) await new Promise((next) => setTimeout(next, 5));
  await new Promise((next) => setTimeout(next, 50));
  expect(answered).toBe(false);
  resolve();
  await answer;
});

test('a client that asks about a token it may not see is told of to its owners', async () => {
  expect(await ask(stranger.credential, await mint())).toEqual({ active: false });
  expect(notes).toEqual([
    ['use', useOf(stranger)],
    ['unlisted', stranger.client, newGrant().apiIdentifier, nowSeconds],
  ]);
});

test('a client that asks about what is no live token is not', async () => {
  for (const token of ['garbage', `${await mint()}x`]) {
    expect(await ask(stranger.credential, token)).toEqual({ active: false });
  }
  expect(notes).toEqual([
    ['use', useOf(stranger)],
    ['use', useOf(stranger)],
  ]);
});

test.each([
  ['a wrong secret', () => ({ ...owner, secret: 'wrong', reason: 'invalid_secret' })],
  [
    'an inactive client',
    () => ({ ...inactive, secret: inactive.credential.clientSecret, reason: 'client_inactive' }),
  ],
])('the true reason of a refusal is noted: %s', async (_what, make) => {
  const { client, credential, secret, reason } = make();
  const answer = await introspect(address(), { ...credential, clientSecret: secret }, 'x');
  expect(answer.status).toBe(401);
  expect(notes).toEqual([
    [
      'refusal',
      {
        client,
        reason,
        presentedDigest: digestClientSecret(secret),
        address: '127.0.0.1',
        requestId: answer.headers.find(([name]) => name === 'x-request-id')?.[1],
        nowSeconds,
      },
    ],
  ]);
});

test('an unknown client leaves no note: nobody owns it', async () => {
  const unknown = { clientId: 'the_unknown', clientSecret: 'x' };
  expect((await introspect(address(), unknown, 'x')).status).toBe(401);
  expect(notes).toEqual([]);
});

// P-261
test("an attempt at another client's token is noted, and revokes nothing", async () => {
  const answer = await revoke(address(), stranger.credential, await mint());
  expect(answer.status).toBe(400);
  expect(revoked).toEqual([]);
  expect(notes).toEqual([
    ['use', useOf(stranger)],
    [
      'refusal',
      {
        client: stranger.client,
        reason: 'token_not_yours',
        presentedDigest: digestClientSecret(stranger.credential.clientSecret),
        address: '127.0.0.1',
        requestId: answer.headers.find(([name]) => name === 'x-request-id')?.[1],
        nowSeconds,
      },
    ],
  ]);
});
