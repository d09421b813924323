/** `latchkey webhooks` as a terminal user would type it (FEATURES 5.5, 5.6). */
import { readFile, stat } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { AdminApi } from '../support/admin-api.ts';
import { newMember } from '../support/member-api.ts';
import { describeOnBothDatabases, sharedServers } from '../support/shared-servers.ts';
import {
  latchkey,
  latchkeyHere,
  makeWorkingFolder,
  parseOutput,
  type WorkingFolder,
} from './latchkey-runner.ts';

const url = 'https://hooks.example.com/latchkey';

describeOnBothDatabases('latchkey webhooks', ({ issuer, operator }) => {
  let folder: WorkingFolder;
  let credentials: string;

  beforeAll(async () => {
    folder = await makeWorkingFolder();
    credentials = await folder.saveCredential(issuer, operator);
  });
  afterAll(() => folder.remove());

  const webhooks = (...args: string[]) =>
    latchkeyHere(['webhooks', ...args, '--issuer', issuer, '--credentials', credentials]);
  const json = async (...args: string[]) => parseOutput(await webhooks(...args, '--json'));

  test('subscribes, shows, changes, tests, replays, gives another secret and deletes', async () => {
    const client = await new AdminApi({ issuer, operator }).createClient([], {
      name: `Hooked ${Math.random()}`,
    });
    const file = folder.path('webhook.env');
    const made = await webhooks(
      'create',
      '--url',
      url,
      '--event',
      'client.*',
      '--event',
      '*.deleted',
      '--client',
      client.clientId,
      '--save',
      file,
    );
    expect(made).toMatchObject({ exitCode: 0, stderr: '' });
    expect(made.stdout).not.toContain('whsec_');
    const saved = await readFile(file, 'utf8');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const [, id = ''] = /^LATCHKEY_WEBHOOK=(webhook_\w{22})$/m.exec(saved) ?? [];
    const [, secret = ''] = /^LATCHKEY_WEBHOOK_SECRET=(whsec_\S{44})$/m.exec(saved) ?? [];
    expect(made.stdout).toContain(id);

    expect(await json('show', id)).toMatchObject({
      id,
      url,
      client: client.id,
      events: [
        { entity: 'client', operation: '*' },
        { entity: '*', operation: 'deleted' },
      ],
    });
    const listed = await webhooks('list', '--client', client.clientId);
    expect(listed.stdout).toMatch(
      new RegExp(
        `hooks.example.com/latchkey +client\\.\\* \\*\\.deleted +on +(–|\\S+ \\S+Z ).*${id}`,
      ),
    );
    const tested = await json('test', id);
    expect(tested).toMatchObject({ event_type: 'webhook.tested', state: 'waiting' });
    const deliveries = await webhooks('deliveries', id);
    expect(deliveries.stdout).toContain(String(tested['id']));
    const { stdout: table } = await webhooks('list', '--client', client.clientId);
    expect(table).toMatch(/^URL +EVENTS +STATE +LAST DELIVERY +CREATED +ID\n/);
    expect(table).toMatch(/ (on|failing) +\S+ \S+Z (waiting|delivered|dead)\b/);
    expect(await json('replay', id, String(tested['id']))).toMatchObject({ id: tested['id'] });
    const rotated = await json('rotate-secret', id, '--overlap', '1h');
    expect(rotated['signing_secret']).toMatch(/^whsec_/);
    expect(rotated['signing_secret']).not.toBe(secret);
    expect(await json('update', id, '--deactivate')).toMatchObject({ active: false });
    const refused = await webhooks('test', id);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain('switch it on first');
    expect(await json('update', id, '--activate', '--event', 'client.updated')).toMatchObject({
      active: true,
      events: [{ entity: 'client', operation: 'updated' }],
    });
    expect(await json('delete', id)).toEqual({ id, deleted: true });
    expect((await webhooks('show', id)).exitCode).toBe(1);
  });

  test('prints the secret once when it is not saved, and says what is wrong', async () => {
    const made = await webhooks('create', '--url', url, '--event', 'client.created');
    expect(made.stdout).toMatch(/ {2}signing secret {2}whsec_\S{44}\n/);
    const wrong = await webhooks('create', '--url', 'https://127.0.0.1/', '--event', '*.*');
    expect(wrong).toMatchObject({ exitCode: 1, stdout: '' });
    expect(wrong.stderr).toContain('must lead to a public address');
    const usage = await webhooks('create', '--url', url, '--event', 'client');
    expect(usage.exitCode).toBe(2);
    expect(usage.stderr).toContain('Use an entity and an operation');
    const nothing = await webhooks('list', '--search', 'no-such-url-anywhere');
    expect(nothing).toMatchObject({
      exitCode: 0,
      stdout: 'There is no such webhook, as far as you may see.\n',
    });
    await json('create', '--url', url, '--event', 'client.deleted');
    const limited = await webhooks('list', '--limit', '1');
    expect(limited.stderr).toBe(
      'There are more than these 1: see more with --limit, or narrow with --search.\n',
    );
  });

  test('its organization, location and member are named as people name them', async () => {
    const admin = new AdminApi({ issuer, operator });
    const name = `Place ${Math.random()}`;
    const organization = await admin.createOrganization({ name });
    const location = await admin.createLocation({ name, organization });
    const member = await newMember(admin, { role: 'auditor', organization });
    const whose = ['--organization', name, '--location', name];
    const made = await json('create', '--url', url, '--event', 'client.*', ...whose);
    expect(made).toMatchObject({ organization, location, member: null });
    const id = String(made['id']);
    expect(await json('list', ...whose)).toMatchObject({ data: [{ id }], next_cursor: null });
    const moved = ['--location', 'any', '--member', member.email];
    expect(await json('update', id, ...moved)).toMatchObject({ location: null, member: member.id });
    expect(await json('list', '--member', member.email)).toMatchObject({ data: [{ id }] });
    expect(await json('update', id, '--member', 'any')).toMatchObject({ member: null });
    expect(await json('update', id, '--location', name)).toMatchObject({ location });
    const nobody = await webhooks('update', id, '--member', 'nobody@example.com');
    expect(nobody).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('no member has') });
    const none = await webhooks('deliveries', id);
    expect(none.stdout).toBe(
      'There is no delivery yet, as far as you may see: "webhooks test" sends one.\n',
    );
  });
});

// In a process of its own that may not write: the empty file is there, and its content does not fit.
test('a signing secret that cannot be saved after all is lost, and it is said how to make another', async () => {
  const { issuer, operator } = sharedServers().postgresql;
  const folder = await makeWorkingFolder();
  try {
    const credentials = await folder.saveCredential(issuer, operator);
    const file = folder.path('webhook.env');
    const created = ['webhooks', 'create', '--url', url, '--event', 'client.*', '--save', file];
    const { exitCode, stderr } = await latchkey(
      [...created, '--issuer', issuer, '--credentials', credentials],
      { fileBlocksMax: 0 },
    );
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: expect.stringMatching(
        /webhook\.env could not be written: EFBIG[^]*make another with "latchkey webhooks rotate-secret"/,
      ),
    });
    await expect(stat(file)).rejects.toThrow('ENOENT');
  } finally {
    await folder.remove();
  }
});
