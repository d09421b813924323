/** `/clients/{id}/quick-start`: snippets that work as they are, whatever an API is called (FEATURES 2.7, 5.7). */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeJwt } from 'jose';
import { quoteLiteral, writeSnippets } from '../../src/admin/quick-start-snippets.ts';
import { AdminApi, requestToken, type RegisteredClient } from '../support/admin-api.ts';
import { describeOnBothDatabases, sharedServers } from '../support/shared-servers.ts';

const run = promisify(execFile);

interface QuickStart {
  client_id: string;
  api: string | null;
  scopes: string[];
  snippets: { language: string; fetch: string; validate: string }[];
  links: { url: string }[];
}

async function isThere(program: string, argument: string): Promise<boolean> {
  return run(program, [argument]).then(
    () => true,
    () => false,
  );
}

describeOnBothDatabases('quick start', (server) => {
  const admin = new AdminApi(server);

  test('has the values of the client, five languages, the links, and no secret', async () => {
    const api = await admin.createApi(['a', 'b'], { signing_alg: 'RS256', token_typ: 'JWT' });
    const client = await admin.createClient([{ api: api.identifier, scopes: ['a', 'b'] }]);
    const { status, body } = await admin.request<QuickStart>(`/clients/${client.id}/quick-start`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      client: client.id,
      client_id: client.clientId,
      issuer: server.issuer,
      api: api.identifier,
      scopes: ['a', 'b'],
      secret_variable: 'LATCHKEY_CLIENT_SECRET',
    });
    expect(body.snippets.map(({ language }) => language)).toEqual(
      'curl node python go java'.split(' '),
    );
    for (const { language, fetch: fetching, validate } of body.snippets) {
      expect(fetching).toContain(client.clientId);
      expect(fetching).toContain(`${server.issuer}/oauth2/token`);
      expect(fetching).toContain('LATCHKEY_CLIENT_SECRET');
      expect(validate).toContain(server.issuer);
      if (language !== 'curl') expect(validate).toMatch(/RS256[^]*"JWT"|"JWT"[^]*RS256/);
    }
    expect(JSON.stringify(body)).not.toContain(client.clientSecret);
    for (const { url } of body.links.filter((link) => link.url.startsWith(server.issuer))) {
      expect((await fetch(url)).status).toBe(200);
    }
  });

  test('of a client that is granted nothing has no snippet', async () => {
    const client = await admin.createClient([]);
    const { body } = await admin.request<QuickStart>(`/clients/${client.id}/quick-start`);
    expect(body).toMatchObject({ api: null, scopes: [], snippets: [] });
  });
});

describe('the snippets', () => {
  const server = sharedServers().postgresql;
  const admin = new AdminApi(server);
  let folder: string;
  let hasPython: boolean;
  let hasGo: boolean;
  let hasJava: boolean;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'latchkey-quick-start-'));
    hasPython = await isThere('python3', '--version');
    hasGo = await isThere('gofmt', '-h');
    hasJava = await isThere('java', '--version');
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function runFetch(
    language: string,
    source: string,
    { clientSecret }: RegisteredClient,
  ): Promise<string> {
    const programs: Record<string, [string, string]> = {
      curl: ['sh', 'fetch.sh'],
      node: [process.execPath, 'fetch.mjs'],
      python: ['python3', 'fetch.py'],
      java: ['java', 'FetchToken.java'],
    };
    const [program, name] = programs[language] ?? ['false', 'nothing'];
    const file = join(folder, name);
    await writeFile(file, source);
    const { stdout } = await run(program, [file], {
      env: { PATH: process.env['PATH'] ?? '', LATCHKEY_CLIENT_SECRET: clientSecret },
    });
    if (language !== 'curl' && language !== 'java') return stdout.trim();
    return (JSON.parse(stdout) as { access_token: string }).access_token;
  }

  const visible = [...Array(94).keys()].map((code) => String.fromCharCode(code + 33));
  // No "#", which no identifier may have.
  const hostile = [
    `'"\`$(touch\${IFS}pwned)\${HOME}\\`,
    String.raw`\u0022+process.exit()+\u0022`,
    '");os.abort();(',
    '%s%n%(x)s{0}${x}',
    visible.filter((character) => character !== '#').join(''),
  ];

  test.each(hostile)(
    'that run here get the token they should, whatever the API is called: %s',
    async (text) => {
      const prefix = `https://${Math.random().toString(36).slice(2)}.example.com/`;
      const scopes = ["it's:$HOME", '`id`', '%s'];
      const identifier = prefix + text;
      const made = await admin.request('/apis', {
        method: 'POST',
        body: { identifier, name: text, scopes: scopes.map((value) => ({ value })) },
      });
      expect(made.status).toBe(201);
      const client = await admin.createClient([{ api: identifier, scopes }], { name: text });
      const { body } = await admin.request<QuickStart>(`/clients/${client.id}/quick-start`);
      const runnable = ['curl', 'node', ...(hasPython ? ['python'] : [])];
      for (const { language, fetch: source } of body.snippets) {
        if (!runnable.includes(language)) continue;
        const claims = decodeJwt(await runFetch(language, source, client));
        expect({ language, aud: claims.aud, scope: claims['scope'] }).toEqual({
          language,
          aud: identifier,
          scope: scopes.join(' '),
        });
      }
    },
  );

  /** What Node.js prints that runs the snippet which validates, for each of the tokens. */
  async function validateByNode(source: string, tokens: readonly string[]): Promise<string[]> {
    await writeFile(join(folder, 'validate.mjs'), source);
    const use = join(folder, 'use-validate.mjs');
    await writeFile(
      use,
      `import { verifyAccessToken } from './validate.mjs';
for (const token of process.argv.slice(2)) {
  console.log(await verifyAccessToken(token).then(({ sub }) => sub, ({ code, message }) => code ?? message));
}
`,
    );
    const { stdout } = await run(process.execPath, [use, ...tokens]);
    return stdout.trim().split('\n');
  }

  test('that validate here take the token of the client, and none that is changed, or of another API or scope', async () => {
    // As "npm install jose" would have it.
    const packages = fileURLToPath(new URL('../../node_modules', import.meta.url));
    await symlink(packages, join(folder, 'node_modules'));
    const identifier = `https://${Math.random().toString(36).slice(2)}.example.com/${hostile[4]}`;
    const scopes = ["it's:$HOME", '%s'];
    const made = await admin.request('/apis', {
      method: 'POST',
      body: { identifier, name: 'x', scopes: scopes.map((value) => ({ value })) },
    });
    expect(made.status).toBe(201);
    const client = await admin.createClient([{ api: identifier, scopes }]);
    const other = await admin.createApi(['%s']);
    const stranger = await admin.createClient([{ api: other.identifier, scopes: ['%s'] }]);
    const lesser = await admin.createClient([{ api: identifier, scopes: ['%s'] }]);
    const { body } = await admin.request<QuickStart>(`/clients/${client.id}/quick-start`);
    const snippetOf = (wanted: string) => body.snippets.find(({ language }) => language === wanted);
    const tokens = [];
    for (const one of [client, stranger, lesser]) {
      const { body: issued } = await requestToken(server, one);
      tokens.push(String(issued['access_token']));
    }
    const [token = ''] = tokens;
    expect(
      await validateByNode(snippetOf('node')?.validate ?? '', [
        ...tokens,
        `${token.slice(0, -4)}AAAA`,
      ]),
    ).toEqual([
      client.clientId,
      'ERR_JWT_CLAIM_VALIDATION_FAILED',
      "insufficient_scope: it's:$HOME",
      'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
    ]);
    const file = join(folder, 'validate.sh');
    await writeFile(file, snippetOf('curl')?.validate ?? '');
    const activeOf = async (asked: string) => {
      const { clientSecret: secret } = client;
      const path = process.env['PATH'] ?? '';
      const env = { PATH: path, LATCHKEY_CLIENT_SECRET: secret, ACCESS_TOKEN: asked };
      const { stdout } = await run('sh', [file], { env });
      return (JSON.parse(stdout) as { active: boolean }).active;
    };
    expect([await activeOf(token), await activeOf(`${token}x`)]).toEqual([true, false]);
  });

  // Text that Java would take for a quotation mark before it reads anything else.
  test('in Java get the token they should, where Java is there', async () => {
    if (!hasJava) return;
    const identifier = `https://${Math.random().toString(36).slice(2)}.example.com/${hostile[1]}`;
    const made = await admin.request('/apis', {
      method: 'POST',
      body: { identifier, name: 'x', scopes: [{ value: '%s' }] },
    });
    expect(made.status).toBe(201);
    const client = await admin.createClient([{ api: identifier, scopes: ['%s'] }]);
    const { body } = await admin.request<QuickStart>(`/clients/${client.id}/quick-start`);
    const java = body.snippets.find(({ language }) => language === 'java');
    const claims = decodeJwt(await runFetch('java', java?.fetch ?? '', client));
    expect({ aud: claims.aud, scope: claims['scope'] }).toEqual({ aud: identifier, scope: '%s' });
  });

  test('in Go are what gofmt reads, where it is there', async () => {
    if (!hasGo) return;
    const go = writeSnippets({
      issuer: server.issuer,
      clientId: 'lkc_x',
      api: `https://x.example.com/${hostile.join('')}`,
      scope: "it's:$HOME",
      signingAlgorithm: 'ES256',
      tokenType: 'at+jwt',
    }).find(({ language }) => language === 'go');
    for (const source of [go?.fetch ?? '', go?.validate ?? '']) {
      const file = join(folder, 'snippet.go');
      await writeFile(file, source);
      // -l lists what it would format otherwise; -e every error.
      expect(await run('gofmt', ['-l', '-e', file])).toEqual({ stdout: '', stderr: '' });
    }
  });

  test('quote every visible text so that it is read back the same, and nothing else', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(' ', ...visible) }), (text) => {
        const literal = quoteLiteral(text);
        expect(JSON.parse(literal)).toBe(text);
        // Java would take an odd number of backslashes before a u for an escape.
        for (const [, backslashes = ''] of literal.matchAll(/(\\+)u/g)) {
          expect(backslashes.length % 2).toBe(0);
        }
      }),
    );
    expect(() => quoteLiteral('a\nb')).toThrow('only visible ASCII');
  });
});
