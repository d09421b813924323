/** Commands that make something, when the answer is lost: it is there once, and they say what to do about a lost secret. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AdminApi, requestToken } from '../support/admin-api.ts';
import { findFreePort } from '../support/free-port.ts';
import { newEmail, newMember } from '../support/member-api.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';
import { createDatabase } from '../support/shared-servers.ts';
import {
  latchkeyHere,
  makeWorkingFolder,
  parseOutput,
  type Outcome,
  type WorkingFolder,
} from './latchkey-runner.ts';
import { LosingProxy, type Loss } from './losing-proxy.ts';

let server: ServerProcess;
let proxy: LosingProxy;
let admin: AdminApi;
let folder: WorkingFolder;
let credentials: string;

beforeAll(async () => {
  const [port, proxyPort] = [await findFreePort(), await findFreePort()];
  proxy = await LosingProxy.start(proxyPort, port);
  server = await startServer({
    databaseUrl: await createDatabase(),
    port,
    env: { LATCHKEY_ISSUER: `http://localhost:${proxyPort}` },
  });
  admin = new AdminApi(server);
  folder = await makeWorkingFolder();
  credentials = await folder.saveCredential(server.issuer, server.operator);
}, 120_000);
afterAll(async () => {
  await server.stop();
  await proxy.close();
  await folder.remove();
});

const asAdmin = (...args: string[]): Promise<Outcome> =>
  latchkeyHere([...args, '--credentials', credentials]);
const unique = (noun: string) => `${noun} ${randomBytes(4).toString('hex')}`;
const named = async (path: string, name: string) =>
  (await admin.readAll<{ id: string; name: string }>(`${path}?q=${encodeURIComponent(name)}`)).map(
    ({ id }) => id,
  );
const apiArgs = (name: string) => {
  const identifier = `https://${name.replace(' ', '-')}.example.com`;
  return ['apis', 'create', '--name', name, '--identifier', identifier];
};

// at most one record, however the answer gets lost.
test.each<Loss>(['before', 'within', 'unknown'])(
  'where the answer breaks off or nobody knows (%s), it is asked for again with the same key, and made once',
  async (loss) => {
    const name = unique('api');
    const already = proxy.creations.length;
    proxy.lose('/apis', loss);
    const outcome = await asAdmin(...apiArgs(name), '--json');
    expect(outcome).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await named('/apis', name)).toEqual([parseOutput(outcome)['id']]);
    const keys = proxy.creations.slice(already).map(({ idempotencyKey }) => idempotencyKey);
    expect(keys).toHaveLength(2);
    expect(keys[0]).toMatch(/^[\w-]{36}$/);
    expect(keys[1]).toBe(keys[0]);
  },
);

test.each(['organizations', 'locations'])('so it is with %s', async (places) => {
  const name = unique('place');
  proxy.lose(`/${places}`, 'before');
  const outcome = await asAdmin(places, 'create', '--name', name, '--json');
  expect(await named(`/${places}`, name)).toEqual([parseOutput(outcome)['id']]);
});

test('a second loss says how to repeat it, and then nothing is made twice', async () => {
  const name = unique('api');
  proxy.lose('/apis', 'before', 'before');
  const { exitCode, stderr } = await asAdmin(...apiArgs(name));
  expect(exitCode).toBe(3);
  const [, key = ''] = /repeat it with --idempotency-key (\S+), and nothing/.exec(stderr) ?? [];
  const repeated = await asAdmin(...apiArgs(name), '--idempotency-key', key, '--json');
  expect(await named('/apis', name)).toEqual([parseOutput(repeated)['id']]);
  // Another run without it is another request: this one's identifier is taken.
  expect((await asAdmin(...apiArgs(name))).exitCode).toBe(1);
});

test('what is refused is not asked for again, nor what makes nothing', async () => {
  const client = await admin.createClient([]);
  const already = proxy.creations.length;
  expect((await asAdmin('clients', 'create', '--name', ' ')).exitCode).toBe(1);
  proxy.lose('/revocations', 'before');
  const revoked = await asAdmin('tokens', 'revoke', '--client', client.clientId, '--yes');
  expect(revoked.exitCode).toBe(3);
  expect(revoked.stderr).toContain('the connection broke');
  expect(proxy.creations.slice(already)).toEqual([
    { path: '/clients', idempotencyKey: expect.any(String) },
    { path: '/revocations', idempotencyKey: null },
  ]);
});

describe('whose secret was in the lost answer', () => {
  interface Lost {
    args: string[];
    path: string;
    /** How many there are afterwards. */
    count: () => Promise<number>;
    advice: RegExp;
  }
  const prepare: Record<string, () => Promise<Lost>> = {
    async 'secrets create'() {
      const { id, clientId } = await admin.createClient([]);
      const path = `/clients/${id}/secrets`;
      return {
        args: [clientId],
        path,
        count: async () => (await admin.readAll(path)).length - 1,
        advice: /latchkey secrets create lkc_\w+\. Revoke .* latchkey secrets list lkc_/,
      };
    },
    async 'clients regenerate'() {
      const { id, clientId } = await admin.createClient([]);
      return {
        args: [clientId, '--yes'],
        path: `/clients/${id}/regenerate`,
        count: async () => (await admin.readAll(`/clients/${id}/secrets`)).length - 1,
        advice: /latchkey secrets create lkc_/,
      };
    },
    async 'webhooks create'() {
      const url = `https://hooks.example.com/${randomBytes(4).toString('hex')}`;
      return {
        args: ['--url', url, '--event', 'client.*'],
        path: '/webhooks',
        count: async () => (await admin.readAll(`/webhooks?q=${encodeURIComponent(url)}`)).length,
        advice: /latchkey webhooks rotate-secret webhook_\w+ --overlap 0/,
      };
    },
    async 'webhooks rotate-secret'() {
      const { id } = await admin.createWebhook('https://hooks.example.com/rotated', ['client.*']);
      const rotations = `/audit-events?target=${id}&action=webhook.secret_rotated`;
      return {
        args: [id],
        path: `/webhooks/${id}/rotate-secret`,
        count: async () => (await admin.readAll(rotations)).length,
        advice:
          /has another signing secret.*latchkey webhooks rotate-secret webhook_\w+ --overlap 0/s,
      };
    },
    async 'members invite'() {
      const email = newEmail();
      const all = () => admin.readAll<{ email: string }>('/invitations');
      return {
        args: [email, '--role', 'auditor'],
        path: '/invitations',
        count: async () => (await all()).filter((one) => one.email === email).length,
        advice: /without --idempotency-key/,
      };
    },
    async 'members link'() {
      const { id, email } = await newMember(admin, { role: 'auditor' });
      const all = () => admin.readAll<{ member: string }>('/invitations?open=true');
      return {
        args: [email],
        path: `/members/${id}/invitations`,
        count: async () => (await all()).filter(({ member }) => member === id).length,
        advice: /takes its place/,
      };
    },
  };

  test.each(Object.keys(prepare))(
    '%s: it is there once, and what to do is said',
    async (command) => {
      const lost = await prepare[command]?.();
      if (!lost) throw new Error('nothing is prepared');
      const { args, path, count, advice } = lost;
      proxy.lose(path, 'before');
      const { exitCode, stdout, stderr } = await asAdmin(...command.split(' '), ...args, '--json');
      expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
      expect(JSON.parse(stderr)).toEqual({
        error: {
          code: 'secret_already_shown',
          message: expect.stringMatching(advice),
          request_id: null,
        },
      });
      expect(proxy.keysOf(path).length).toBeGreaterThanOrEqual(2);
      expect(await count()).toBe(1);
    },
  );

  test('clients create: it is there once, no file is left, and the advice gives it a secret', async () => {
    const name = unique('client');
    const api = await admin.createApi(['r']);
    const file = folder.path('lost.env');
    proxy.lose('/clients', 'within');
    const creation = ['clients', 'create', '--name', name, '--grant', `${api.identifier}=r`];
    const { exitCode, stderr } = await asAdmin(...creation, '--save', file);
    expect({ exitCode, isThere: existsSync(file) }).toEqual({ exitCode: 1, isThere: false });
    const [id = '', ...others] = await named('/clients', name);
    expect(others).toEqual([]);
    const [, advised = ''] = /: latchkey (.*)$/m.exec(stderr) ?? [];
    expect((await asAdmin(...advised.split(' '), '--save', file)).exitCode).toBe(0);
    const [, clientId = ''] = /^LATCHKEY_CLIENT_ID=(.*)$/m.exec(await readFile(file, 'utf8')) ?? [];
    const [, clientSecret = ''] =
      /^LATCHKEY_CLIENT_SECRET=(.*)$/m.exec(await readFile(file, 'utf8')) ?? [];
    expect((await requestToken(server, { clientId, clientSecret })).status).toBe(200);
    const secrets = await admin.readAll<{ status: string }>(`/clients/${id}/secrets`);
    expect(secrets.map(({ status }) => status).toSorted()).toEqual(['ended', 'live']);
  });
});
