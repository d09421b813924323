/** The life of a signing key (DESIGN §8) on a clock that moves: published → signing → retiring → gone. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { calculateJwkThumbprint, createLocalJWKSet, jwtVerify } from 'jose';
import { killServersLeft, startServer, type ServerProcess } from '../support/server-process.ts';
import { createDatabase } from '../support/shared-servers.ts';
import { KeyObserver } from './key-observer.ts';
import { until } from '../support/until.ts';

const daySeconds = 86_400;
/** The longest a token may live, and 120 s for clocks that differ. */
const retiringSeconds = daySeconds + 120;
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];

describe.each([
  { kind: 'PostgreSQL', chooseDatabase: createDatabase },
  { kind: 'embedded database', chooseDatabase: () => undefined },
])('signing keys ($kind)', ({ chooseDatabase }) => {
  let server: ServerProcess;
  let keys: KeyObserver;
  let clockSeconds = 0;

  beforeAll(async () => {
    const databaseUrl = await chooseDatabase();
    server = await startServer(databaseUrl === undefined ? {} : { databaseUrl });
    keys = new KeyObserver(server);
  });
  afterAll(killServersLeft);

  async function advanceClock(seconds: number): Promise<void> {
    clockSeconds += seconds;
    await server.moveClock(clockSeconds * 1000);
    // The old one has expired.
    keys.admin.forgetToken();
  }

  async function expectVerifies(token: string, audience: string): Promise<void> {
    const jwks = createLocalJWKSet({ keys: await keys.fetchJwks() });
    const currentDate = new Date(Date.now() + clockSeconds * 1000);
    await jwtVerify(token, jwks, { issuer: server.issuer, audience, typ: 'at+jwt', currentDate });
  }

  // P-282, P-285
  test('are published without anything private, each under the thumbprint of RFC 7638', async () => {
    const response = await fetch(`${server.issuer}/.well-known/jwks.json`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^application\/jwk-set\+json/);
    expect(response.headers.get('cache-control')).toBe('public, max-age=300');
    const published = await keys.fetchJwks();
    expect(published.map(({ alg }) => alg)).toEqual(expect.arrayContaining(['ES256', 'RS256']));
    for (const jwk of published) {
      expect(Object.keys(jwk).filter((member) => privateMembers.includes(member))).toEqual([]);
      expect(jwk).toMatchObject({ use: 'sig', kid: await calculateJwkThumbprint(jwk) });
    }
  });

  // F-25, P-284
  test('rotate: published first, signing when it is time, and the predecessor stays while its tokens live', async () => {
    const client = await keys.createClientOf('ES256', daySeconds);
    const other = await keys.createClientOf('RS256');
    const [oldKid = ''] = await keys.kidsOf('ES256');
    const [oldOtherKid = ''] = await keys.kidsOf('RS256');

    const rotated = await keys.rotate({ alg: 'ES256' });
    expect(rotated).toMatchObject({ status: 201, body: { state: 'published', warning: null } });
    const { kid, created_at: createdAt, signs_at: signsAt } = rotated.body;
    expect(Date.parse(signsAt) - Date.parse(createdAt)).toBe(daySeconds * 1000);
    expect(await keys.kidsOf('ES256')).toEqual([oldKid, kid]);
    expect(await keys.rotate({ alg: 'ES256' })).toMatchObject({
      status: 409,
      body: { code: 'conflict', detail: expect.stringContaining(kid) },
    });
    // Another algorithm's key is due sooner: when it signs, the clock has been looked at.
    const otherRotated = await keys.rotate({ alg: 'RS256', publish_ahead_seconds: 900 });
    await advanceClock(901);
    await until(
      async () => (await keys.signingKid(other)) === otherRotated.body.kid,
      'RS256 signs',
    );
    expect((await keys.findKey(kid))?.state).toBe('published');
    expect(await keys.signingKid(client)).toBe(oldKid);

    await advanceClock(daySeconds - 901);
    const lastOfOld = await keys.fetchToken(client);
    await advanceClock(1);
    await until(async () => (await keys.signingKid(client)) === kid, 'the new key signs');
    const retiring = await keys.findKey(oldKid);
    expect(retiring).toMatchObject({ state: 'retiring' });
    const { retired_at: retiredAt, gone_at: goneAt } = retiring ?? {};
    expect(Date.parse(goneAt ?? '') - Date.parse(retiredAt ?? '')).toBe(retiringSeconds * 1000);
    expect(await keys.kidsOf('ES256')).toEqual([oldKid, kid]);
    await expectVerifies(lastOfOld, client.audience);
    await expectVerifies(await keys.fetchToken(client), client.audience);

    // The other algorithm's old key leaves, this one's last token is still alive.
    await advanceClock(retiringSeconds - daySeconds + 900);
    await advanceClock(daySeconds - 1800);
    await until(async () => !(await keys.kidsOf('RS256')).includes(oldOtherKid), 'RS256 left');
    expect(await keys.kidsOf('ES256')).toEqual([oldKid, kid]);

    await advanceClock(1800);
    await until(async () => !(await keys.kidsOf('ES256')).includes(oldKid), 'ES256 left');
    expect(await keys.findKey(oldKid)).toMatchObject({ state: 'gone' });
    expect(await keys.kidsOf('ES256')).toEqual([kid]);
  });

  // P-229
  test.each(['EdDSA', 'PS256'])('of %s are made when an API asks for them', async (algorithm) => {
    expect(await keys.kidsOf(algorithm)).toEqual([]);
    const client = await keys.createClientOf(algorithm);
    const [kid, ...more] = await keys.kidsOf(algorithm);
    expect(more).toEqual([]);
    expect(await keys.signingKid(client)).toBe(kid);
    await expectVerifies(await keys.fetchToken(client), client.audience);
    await keys.createClientOf(algorithm);
    expect(await keys.kidsOf(algorithm)).toEqual([kid]);
  });

  // F-26
  test('leave at once when they are revoked, and are replaced in the same moment', async () => {
    const client = await keys.createClientOf('ES256');
    const kid = await keys.signingKid(client);
    const adminToken = await keys.admin.request('/clients');
    expect(adminToken.status).toBe(200);
    const revoked = await keys.revoke(kid);
    expect(revoked).toMatchObject({ status: 200, body: { kid, state: 'revoked' } });
    // The caller's own token was signed with it.
    expect(await keys.admin.request('/clients')).toMatchObject({ status: 401 });
    keys.admin.forgetToken();
    const successor = await keys.signingKid(client);
    expect(successor).not.toBe(kid);
    expect(await keys.kidsOf('ES256')).toContain(successor);
    expect(await keys.kidsOf('ES256')).not.toContain(kid);
    expect(await keys.revoke(kid)).toMatchObject({ status: 200, body: { state: 'revoked' } });
    expect(await keys.revoke('unknown')).toMatchObject({ status: 404 });
  });

  test('of an emergency sign at once, the predecessor retires, and the answer says what may break', async () => {
    const client = await keys.createClientOf('RS256');
    const before = await keys.signingKid(client);
    const last = await keys.fetchToken(client);
    const { status, body } = await keys.rotate({ alg: 'RS256', emergency: true });
    expect({ status, state: body.state }).toEqual({ status: 201, state: 'signing' });
    expect(body['warning']).toMatch(/Validators that cache the JWKS refuse new access tokens/);
    expect(await keys.signingKid(client)).toBe(body.kid);
    expect(await keys.findKey(before)).toMatchObject({ state: 'retiring' });
    await expectVerifies(last, client.audience);
  });

  test('are not published for less than a quarter of an hour before they sign', async () => {
    expect(await keys.rotate({ alg: 'ES256', publish_ahead_seconds: 899 })).toMatchObject({
      status: 400,
      body: { errors: [expect.objectContaining({ pointer: '/publish_ahead_seconds' })] },
    });
  });
});
