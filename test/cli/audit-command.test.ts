/** `latchkey audit`: the log is read, verified by the server, exported, and verified without it. */
import { readFile, stat, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { registerAdmin } from '../admin/admin-clients.ts';
import { AdminApi, type RegisteredClient } from '../support/admin-api.ts';
import { sharedServers } from '../support/shared-servers.ts';
import {
  latchkeyHere,
  makeWorkingFolder,
  type Outcome,
  type WorkingFolder,
} from './latchkey-runner.ts';

const server = sharedServers().postgresql;
const operator = new AdminApi(server);
let folder: WorkingFolder;
let remote: string[];
let client: RegisteredClient;
const inFolder = (name: string) => folder.path(name);

beforeAll(async () => {
  folder = await makeWorkingFolder();
  client = await operator.createClient([], { name: 'Audited' });
  remote = ['--credentials', await folder.saveCredential(server.issuer, server.operator)];
});
afterAll(() => folder.remove());

const audit = (...args: string[]): Promise<Outcome> => latchkeyHere(['audit', ...args]);

test('lists what was done to a record, and shows one event with its credential', async () => {
  const listed = await audit('list', '--target', client.id, '--json', ...remote);
  expect(listed).toMatchObject({ exitCode: 0, stderr: '' });
  const [event] = JSON.parse(listed.stdout).data;
  expect(event.action).toBe('client.created');
  const table = await audit('list', '--target', client.id, '--from', '2020-01-01', ...remote);
  expect(table.stdout).toMatch(/^EVENT +WHEN +ACTION +TARGET +BY +FROM\n\d+ +.* client\.created/);
  const shown = await audit('show', String(event.sequence), ...remote);
  expect(shown.stdout).toMatch(/with +access_token of secret_/);
  expect(shown.stdout).toContain(client.id);
  expect(await audit('show', 'event_nobody', ...remote)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('there is no audit event event_nobody'),
  });
  expect((await audit('list', '--target', 'nobody', ...remote)).stdout).toBe(
    'There is no such audit event, as far as you may see.\n',
  );
  expect(await audit('list', '--from', 'yesterday', ...remote)).toMatchObject({ exitCode: 2 });
});

test('verifies on the server, and against a checkpoint that was kept', async () => {
  const verified = await audit('verify', '--json', ...remote);
  const report = JSON.parse(verified.stdout);
  expect({ exitCode: verified.exitCode, report }).toMatchObject({
    exitCode: 0,
    report: { verified: true, complete: true, fault: null },
  });
  // As it stands in a log, among other lines.
  await writeFile(
    inFolder('server.log'),
    `not json\n{"msg":"serving"}\n{"msg":"audit checkpoint","audit_checkpoint":"${report.checkpoint}"}\n`,
  );
  const again = await audit('verify', '--checkpoint', inFolder('server.log'), ...remote);
  expect(again).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(
      /^Verified: \d+ events are what was written, and none is missing/,
    ),
  });
  await writeFile(inFolder('empty.log'), '{"msg":"serving"}\n');
  expect(await audit('verify', '--checkpoint', inFolder('empty.log'), ...remote)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('holds no checkpoint'),
  });
});

//
test('an export verifies without a server, and names the first fault when it was tampered with', async () => {
  const file = inFolder('audit.ndjson');
  expect(await audit('export', file, ...remote)).toMatchObject({ exitCode: 0, stderr: '' });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await audit('export', file, ...remote)).toMatchObject({ exitCode: 1 });
  expect(await audit('export', file, '--force', ...remote)).toMatchObject({ exitCode: 0 });
  const keys = JSON.parse((await audit('keys', '--json', ...remote)).stdout).data;
  const good = await audit('verify', '--file', file, '--key', keys[0].kid);
  expect(good).toMatchObject({ exitCode: 0, stderr: '' });
  expect((await audit('verify', '--file', file)).stdout).toContain(
    'was checked against the keys in it',
  );
  const lines = (await readFile(file, 'utf8')).split('\n');
  await writeFile(inFolder('cut.ndjson'), lines.slice(0, -2).join('\n'));
  await writeFile(
    inFolder('edited.ndjson'),
    lines.map((line) => line.replace(client.id, `client_${'0'.repeat(22)}`)).join('\n'),
  );
  await writeFile(inFolder('gap.ndjson'), lines.toSpliced(3, 1).join('\n'));
  for (const [name, code, said] of [
    ['cut', 'truncated', 'the file ends before its last line'],
    ['edited', 'wrong_signature', 'is not what was signed'],
    ['gap', 'wrong_sequence', 'event 3 is missing'],
  ] as const) {
    const bad = await audit('verify', '--file', inFolder(`${name}.ndjson`), '--json');
    const report = JSON.parse(bad.stdout);
    expect({
      name,
      exitCode: bad.exitCode,
      verified: report.verified,
      code: report.fault.code,
    }).toEqual({ name, exitCode: 1, verified: false, code });
    const told = await audit('verify', '--file', inFolder(`${name}.ndjson`));
    expect(told.stdout).toMatch(/^Not verified: /);
    expect(told.stdout).toContain(said);
  }
  // The checkpoint at the end of the whole export has seen more than an earlier one holds.
  const whole = await audit('verify', file, '--checkpoint', file);
  expect(whole.exitCode).toBe(0);
});

//
test('lists who tried what they may not', async () => {
  const { client: caller, api } = await registerAdmin(operator, ['clients:read']);
  const refusals = (...args: string[]) =>
    audit('refusals', '--actor', caller.id, ...args, ...remote);
  expect(await refusals()).toMatchObject({
    exitCode: 0,
    stdout: 'Nobody was refused in the last 30 days, as far as you may see.\n',
  });
  expect((await api.request('/signing-keys')).status).toBe(403);
  const listed = await refusals('--kind', 'forbidden');
  expect(listed.stdout).toMatch(/forbidden +listSigningKeys +1 /);
  expect(listed.stdout).toContain(caller.clientId);
});

test('refuses what cannot be', async () => {
  for (const [args, exitCode, said] of [
    [['verify', '--file', inFolder('none.ndjson')], 1, 'none.ndjson cannot be read'],
    [['verify', '--key', 'x'], 2, '--key is for a file'],
    [['verify', '--file', '-', '--checkpoint', '-'], 2, 'not both'],
    [['verify', 'one.ndjson', '--file', 'other.ndjson'], 2, 'name one file'],
  ] as const) {
    const { exitCode: found, stderr } = await audit(...args);
    expect({ args, found }).toEqual({ args, found: exitCode });
    expect(stderr).toContain(said);
  }
});
