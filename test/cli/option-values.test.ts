/** Values of options that would silently mean something else, and are refused before a server is asked. */
import { expect, test } from '@jest/globals';
import { sharedServers } from '../support/shared-servers.ts';
import { latchkeyHere, parseOutput } from './latchkey-runner.ts';

const credential = ['--credentials', '/nowhere/at-all.env'];

/** The command line is wrong, and it is refused before the credential is looked for. */
async function expectUsage(args: readonly string[], says: string): Promise<void> {
  const outcome = await latchkeyHere([...args, ...credential]);
  expect(outcome).toMatchObject({ exitCode: 2, stdout: '' });
  expect(outcome.stderr).toContain(says);
  expect(outcome.stderr).not.toContain('at-all.env');
}

/** The command line is right: the next thing looked for is the credential. */
async function expectAccepted(args: readonly string[]): Promise<void> {
  const outcome = await latchkeyHere([...args, ...credential]);
  expect(outcome.stderr).toContain('the credentials file /nowhere/at-all.env cannot be read');
}

const durations = [
  ['secrets', 'create', 'x', '--expires-in'],
  ['secrets', 'create', 'x', '--retire-others-in'],
  ['clients', 'create', '--name', 'x', '--lifetime'],
  ['apis', 'create', '--name', 'x', '--identifier', 'x', '--lifetime'],
  ['keys', 'rotate', '--publish-ahead'],
];

test.each(durations)('%s %s %s %s: a number without a unit is refused', async (...args) => {
  await expectUsage([...args, '90'], 'Say in which unit: 90s, 90m, 90h or 90d.');
  await expectAccepted([...args, '90m']);
});

test('--retire-others-in 0 needs no unit: it means now', async () => {
  await expectAccepted(['secrets', 'create', 'x', '--retire-others-in', '0']);
  await expectUsage(['secrets', 'create', 'x', '--expires-in', '0'], 'Say in which unit');
});

test.each([
  ['token', '--scope'],
  ['token', '--resource'],
  ['apis', 'list', '--search'],
  ['clients', 'list', '--search'],
  ['clients', 'create', '--name', 'x', '--grant'],
  ['tokens', 'revoke', '--client'],
  ['tokens', 'revoke', '--organization'],
])(
  '%s %s %s: an empty value is refused, as of a shell variable that is not set',
  async (...args) => {
    await expectUsage([...args, ''], 'It is empty: give a value, or leave the option out.');
    await expectUsage([...args, ' '], 'It is empty: give a value, or leave the option out.');
    await expectAccepted([...args, 'https://orders.example.com']);
  },
);

test('verify --audience: an empty value is refused', async () => {
  const outcome = await latchkeyHere(['verify', '--audience', '', 'a.b.c']);
  expect(outcome).toMatchObject({ exitCode: 2, stdout: '' });
  expect(outcome.stderr).toContain('It is empty');
});

test.each([
  ['--scope', 'a"b', 'without quotes and backslashes'],
  ['--scope', 'a\\b', 'without quotes and backslashes'],
  ['--resource', 'nope', 'an absolute URI such as https://orders.example.com'],
  ['--resource', 'https://orders.example.com#a', 'an absolute URI such as'],
])('token %s %s can be granted to nobody: it says what is right', async (option, value, says) => {
  await expectUsage(['token', option, value], says);
});

test.each(['localhost:3000', 'auth.example.com', ''])(
  '--issuer %j: says that the scheme is missing',
  async (issuer) => {
    const outcome = await latchkeyHere(['verify', 'a.b.c', '--issuer', issuer]);
    expect(outcome).toMatchObject({ exitCode: 2, stdout: '' });
    expect(outcome.stderr).toMatch(/^latchkey: --issuer: must begin with https:\/\/, such as /);
  },
);

test('--issuer may end in a slash, as a browser shows it, and no more than one', async () => {
  const { issuer } = sharedServers().postgresql;
  const verify = (address: string) =>
    latchkeyHere(['verify', 'a.b.c', '--json', '--issuer', address]);
  expect(parseOutput(await verify(`${issuer}/`))).toMatchObject({ issuer });
  for (const more of ['//', '/api', '/api/']) {
    expect(await verify(issuer + more)).toMatchObject({ exitCode: 2, stdout: '' });
  }
});

test('--force says what it is needed for: a token is replaced without it', async () => {
  const help = async (...command: string[]) =>
    (await latchkeyHere([...command, '--help'])).stdout.replaceAll(/\s+/g, ' ');
  expect(await help('token')).toContain(
    '--force let --save replace a file that holds anything but a token',
  );
  expect(await help('secrets', 'create')).toContain('--force let --save replace a file --');
});
