/** `latchkey organizations` and `latchkey locations`, and the clients of each. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { registerAdmin } from '../admin/admin-clients.ts';
import { AdminApi, requestToken } from '../support/admin-api.ts';
import { sharedServers } from '../support/shared-servers.ts';
import {
  latchkeyHere,
  makeWorkingFolder,
  parseOutput,
  type Outcome,
  type WorkingFolder,
} from './latchkey-runner.ts';

const { embedded: server } = sharedServers();
const admin = new AdminApi(server);
let folder: WorkingFolder;
let credentials: string;

beforeAll(async () => {
  folder = await makeWorkingFolder();
  credentials = await folder.saveCredential(server.issuer, server.operator);
});
afterAll(() => folder.remove());

const asAdmin = (...args: string[]): Promise<Outcome> =>
  latchkeyHere([...args, '--credentials', credentials]);
const unique = (noun: string) => `${noun} ${randomBytes(4).toString('hex')}`;

async function makeBoth(): Promise<{ organization: string; location: string }> {
  const [organization, location] = [unique('Northwind'), unique('Harbour')];
  await asAdmin('organizations', 'create', '--name', organization);
  await asAdmin('locations', 'create', '--name', location, '--organization', organization);
  return { organization, location };
}

test('organizations and locations are made, listed, renamed and deleted by their names', async () => {
  const { organization, location } = await makeBoth();
  const listed = parseOutput(
    await asAdmin('organizations', 'list', '--search', organization, '--json'),
  );
  expect(listed).toMatchObject({ data: [{ name: organization, active: true }], next_cursor: null });
  const table = await asAdmin('locations', 'list', '--organization', organization);
  expect(table.stdout).toMatch(
    /^NAME +STATE +ORGANIZATION +CREATED +ID\nHarbour .*active +org_\w+ /,
  );
  const renamed = await asAdmin('locations', 'rename', location, '--name', `${location} East`);
  expect(renamed).toMatchObject({
    exitCode: 0,
    stdout: `The location ${location} is called ${location} East now.\n`,
  });
  const refused = await asAdmin('organizations', 'delete', organization, '--yes');
  expect(refused.exitCode).toBe(1);
  expect(refused.stderr).toContain('the organization still holds locations: delete them first');
  const gone = await asAdmin('locations', 'delete', `${location} East`, '--yes', '--json');
  expect(parseOutput(gone)).toMatchObject({ deleted: true });
  expect((await asAdmin('organizations', 'delete', organization, '--yes')).exitCode).toBe(0);
  const absent = await asAdmin('organizations', 'rename', organization, '--name', 'x');
  expect(absent).toMatchObject({
    exitCode: 1,
    stderr: `latchkey: no organization has the id or name "${organization}"\n`,
  });
});

test('two of one name are not guessed between', async () => {
  const name = unique('Twin');
  const ids = [
    await admin.createOrganization({ name }),
    await admin.createOrganization({ name }),
  ].toSorted();
  const { exitCode, stderr } = await asAdmin('organizations', 'deactivate', name, '--yes');
  expect(exitCode).toBe(1);
  expect(stderr).toContain(`2 organizations are called "${name}": use the id of the one you mean`);
  expect((stderr.match(/org_\w+/g) ?? []).toSorted()).toEqual(ids);
});

// FEATURES 2.1, 2.2
test('clients are registered in a location, and listed apart from those of the organization', async () => {
  const { organization, location } = await makeBoth();
  const create = async (name: string, ...args: string[]) =>
    parseOutput(
      await asAdmin(
        'clients',
        'create',
        '--name',
        name,
        '--organization',
        organization,
        '--json',
        ...args,
      ),
    );
  const agency = await create('Agency key');
  const located = await create('Location key', '--location', location);
  expect(agency['location']).toBeNull();
  expect(located['location']).toMatch(/^location_/);
  const namesOf = async (...args: string[]) => {
    const outcome = await asAdmin(
      'clients',
      'list',
      '--organization',
      organization,
      '--json',
      ...args,
    );
    return (parseOutput(outcome)['data'] as { name: string }[]).map(({ name }) => name).toSorted();
  };
  expect(await namesOf()).toEqual(['Agency key', 'Location key']);
  expect(await namesOf('--location', 'none')).toEqual(['Agency key']);
  expect(await namesOf('--location', 'any')).toEqual(['Location key']);
  expect(await namesOf('--location', location)).toEqual(['Location key']);
  const access = await asAdmin(
    'access',
    'list',
    '--organization',
    organization,
    '--location',
    'any',
  );
  expect(access.stdout).toMatch(
    /^NAME +KIND +STATE +OF +HOLDS +LAST USED +ID\nLocation key +client +active +location_\w+ +none +– +client_\w+ *\n$/,
  );
  const shown = await asAdmin('clients', 'show', String(located['id']));
  expect(shown.stdout).toContain(`  location      ${String(located['location'])}`);
});

test('deactivating a location stops its clients, and activating it lets them go on', async () => {
  const { organization, location } = await makeBoth();
  const api = await admin.createApi(['a']);
  const args = ['--organization', organization, '--location', location, '--grant', api.identifier];
  const made = parseOutput(await asAdmin('clients', 'create', '--name', 'Shop', ...args, '--json'));
  const credential = {
    clientId: String(made['client_id']),
    clientSecret: String(made['client_secret']),
  };
  const statusNow = async () => (await requestToken(server, credential)).status;
  expect(await statusNow()).toBe(200);
  const stopped = await asAdmin('locations', 'deactivate', location, '--yes');
  expect(stopped.stdout).toContain(`${location} is inactive: its clients get no access tokens`);
  expect(await statusNow()).toBe(401);
  const started = await asAdmin('locations', 'activate', location);
  expect(started.exitCode).toBe(0);
  expect(await statusNow()).toBe(200);
  const id = String(made['location']);
  const revoked = await asAdmin('tokens', 'revoke', '--location', id, '--yes', '--json');
  expect(parseOutput(revoked)).toMatchObject({ revoked: { type: 'location', id } });
});

test('a client is moved between locations, and tokens of a place are revoked, by its name', async () => {
  const { organization, location } = await makeBoth();
  const { body } = await admin.request<{ data: { id: string }[] }>(
    `/organizations?q=${encodeURIComponent(organization)}`,
  );
  const owner = body.data[0]?.id ?? '';
  const client = await admin.createClient([], { organization: owner });
  const moved = await asAdmin(
    'clients',
    'update',
    client.clientId,
    '--location',
    location,
    '--json',
  );
  const place = String(parseOutput(moved)['location']);
  expect(place).toMatch(/^location_/);
  const nowhere = await asAdmin('clients', 'update', client.clientId, '--location', 'Nowhere');
  expect(nowhere).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('no location has the id or name "Nowhere"'),
  });
  for (const [option, name, id] of [
    ['--location', location, place],
    ['--organization', organization, owner],
  ] as const) {
    const revoked = await asAdmin('tokens', 'revoke', option, name, '--yes', '--json');
    expect(parseOutput(revoked)).toMatchObject({ revoked: { id } });
  }
  const back = await asAdmin('clients', 'update', client.clientId, '--location', 'none', '--json');
  expect(parseOutput(back)).toMatchObject({ location: null });
  // Who may revoke alone may see no places, and names one by its id.
  const revoker = await registerAdmin(admin, ['revocations:write'], { organization: owner });
  const own = await folder.saveCredential(server.issuer, revoker.client);
  const args = ['tokens', 'revoke', '--location', place, '--yes', '--credentials', own];
  expect(await latchkeyHere(args)).toMatchObject({ exitCode: 0, stderr: '' });
});
