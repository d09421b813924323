/** There is one way to each thing: what is declared and guarded, and no second API beside it. A-05 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { composeOAuth } from '../../src/compose/compose-oauth.ts';
import { AnswerTurn } from '../../src/http/answer-turn.ts';
import { composedRouters, declaredRoutes } from '../admin/declared-routes.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Source {
  /** From the root of the repository. */
  file: string;
  text: string;
}

function readSources(folder: string): Source[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => join(root, folder, name))
    .map((path) => ({ file: relative(root, path), text: readFileSync(path, 'utf8') }));
}

const server = readSources('src');
const page = readSources('console/src');

/** The files that have it. */
function filesWith(sources: readonly Source[], pattern: RegExp): string[] {
  return sources.filter(({ text }) => pattern.test(text)).map(({ file }) => file);
}

/** The files that have it, each as often as it does. */
function placesOf(sources: readonly Source[], pattern: RegExp): string[] {
  return sources.flatMap(({ file, text }) => (text.match(pattern) ?? []).map(() => file));
}

function textOf(sources: readonly Source[], file: string): string {
  return sources.find((source) => source.file === file)?.text ?? '';
}

// JSON of our own making; only this of it is read.
const document = JSON.parse(readFileSync(join(root, 'docs/openapi.json'), 'utf8')) as {
  paths: Record<
    string,
    Record<string, { operationId: string; security: object[]; parameters?: { name: string }[] }>
  >;
};
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    ...operation,
    method: method.toUpperCase(),
    path,
  })),
);

describe('what the server answers', () => {
  /** Beside the admin API: nothing of it changes anything but where a token is fetched or given back. */
  const others = [
    'GET /.well-known/jwks.json',
    'GET /.well-known/oauth-authorization-server',
    'GET /.well-known/openid-configuration',
    'GET /api/v1/openapi.json',
    'GET /console',
    'GET /console/assets/:file',
    'GET /console/assets/{*path}',
    'GET /console/icon.svg',
    'GET /console/{*path}',
    'GET /docs',
    'GET /docs/favicon-32x32.png',
    'GET /docs/start.js',
    'GET /docs/swagger-ui-bundle.js',
    'GET /docs/swagger-ui.css',
    'GET /health/live',
    'GET /health/ready',
  ];

  test('is declared in the OpenAPI document, or one of a few that only read', () => {
    const { publicRouters, adminRouters } = composedRouters;
    const answered = [...publicRouters, ...adminRouters].flatMap(({ stack }) =>
      stack.flatMap(({ methods, path }) =>
        methods
          .filter((method) => method !== 'HEAD')
          .map((method) => `${method} ${String(path).replaceAll(/:(\w+)/g, '{$1}')}`),
      ),
    );
    const declared = operations.map(({ method, path }) => `${method} ${path}`);
    const known = [...declared, ...others.map((other) => other.replaceAll(/:(\w+)/g, '{$1}'))];
    expect(answered.toSorted()).toEqual(known.toSorted());
  });

  test('or one of the three endpoints of the protocol, which know no other method than POST', () => {
    const unused = {} as never;
    const issuer = 'http://localhost:3000';
    const endpoints = composeOAuth(
      {
        issuer,
        mint: unused,
        verification: unused,
        revocation: unused,
        memory: unused,
        readingTimes: unused,
        use: unused,
      },
      {},
    )(new AnswerTurn());
    expect([...endpoints.keys()].toSorted()).toEqual([
      '/oauth2/introspect',
      '/oauth2/revoke',
      '/oauth2/token',
    ]);
  });

  test('has its permission there; open to everybody is only how one comes in', () => {
    const open = operations.filter(({ security }) => security.length === 0);
    const names = ['acceptInvitation', 'checkInvitation', 'signIn'];
    expect(open.map(({ operationId }) => operationId).toSorted()).toEqual(names);
    const served = declaredRoutes.filter(({ isPublic }) => isPublic);
    expect(served.map(({ operationId }) => operationId).toSorted()).toEqual(names);
    expect(operations.map(({ operationId }) => operationId).toSorted()).toEqual(
      declaredRoutes.map(({ operationId }) => operationId).toSorted(),
    );
  });

  test('comes by no other listener, app or router', () => {
    expect(placesOf(server, /\bcreateServer\(|\bcreateSecureServer\(/g).toSorted()).toEqual([
      'src/http/listener.ts',
      'src/http/metrics-listener.ts',
    ]);
    expect(placesOf(server, /\bnew Koa\b/g)).toEqual(['src/http/app.ts']);
    expect(placesOf(server, /\bnew Router\b/g).toSorted()).toEqual([
      'src/admin/admin-router.ts',
      'src/admin/docs.ts',
      'src/console/console-router.ts',
      'src/http/health.ts',
      'src/oauth/metadata.ts',
    ]);
  });
});

/** The declared operations that a call in the source may mean. */
function findMeant(call: string): typeof operations {
  const [path = ''] = call
    // It may be of several segments.
    .replace(/ \$\{[^}]*\}/, ' {}{}')
    .replaceAll(/\$\{[^}]*\}/g, '{}')
    .split('?');
  const pattern = path
    .replaceAll(/[.()[\]]/g, String.raw`\$&`)
    .replace('{}{}', '/.+')
    .replaceAll('{}', '[^/]+');
  return operations.filter((operation) =>
    // `GET /clients/{}`
    new RegExp(`^${pattern}$`).test(
      `${operation.method} ${operation.path.replace('/api/v1', '').replaceAll(/\{\w+\}/g, '{}')}`,
    ),
  );
}

const isDeclared = (call: string) => findMeant(call).length > 0;

interface Call {
  file: string;
  verb: string;
  /** `POST /clients/${id}/secrets` */
  call: string;
}

function findCalls(sources: readonly Source[], pattern: RegExp): Call[] {
  return sources.flatMap(({ file, text }) =>
    [...text.matchAll(pattern)].map(({ groups }) => {
      const { verb = '', path = '' } = groups ?? {};
      return { file, verb, call: `${methodOf(verb)} ${path}` };
    }),
  );
}

function methodOf(verb: string): string {
  const names: Record<string, string> = {
    create: 'POST',
    find: 'GET',
    list: 'GET',
    getTagged: 'GET',
    openText: 'GET',
    remove: 'DELETE',
  };
  return names[verb] ?? verb.toUpperCase();
}

describe('the console', () => {
  const calls = findCalls(
    page,
    /\b(?:(?<verb>get|post|patch|remove|create)(?:<[^()]*?>)?\(|exchange(?:<[^()]*?>)?\(\s*'(?<verb>[A-Z]+)',)\s*(?:'(?<path>\/[^']*)'|`(?<path>[/$][^`]*)`)/g,
  );

  test('reaches the network in one place, and there nothing but the admin API of its own server', () => {
    const network =
      /\bfetch\(|XMLHttpRequest|\bWebSocket\b|EventSource|sendBeacon|\bimportScripts\b|new Worker\(/;
    expect(filesWith(page, network)).toEqual(['console/src/api/api-call.ts']);
    const text = textOf(page, 'console/src/api/api-call.ts');
    expect(text.match(/\bfetch\([^,]*/g)).toEqual(['fetch(urlOf(path']);
    expect(text).toContain("const prefix = '/api/v1';");
    expect(text).toContain('return `${prefix}${path}');
    // Nor by a form that the browser sends by itself.
    expect(filesWith(page, /<form[^>]*\saction=|formAction=/)).toEqual([]);
  });

  test('asks for what is declared', () => {
    expect(calls.length).toBeGreaterThan(40);
    expect(calls.filter(({ call }) => !isDeclared(call))).toEqual([]);
  });

  // A-17: where an answer may be lost, only `useCreation` asks for the same again under the same key.
  test('makes nothing but with useCreation what could be made twice', () => {
    const isRepeatable = (call: string) =>
      findMeant(call).some(({ parameters = [] }) =>
        parameters.some(({ name }) => name === 'Idempotency-Key'),
      );
    const makers = filesWith(page, /\bconst create = useCreation\(\);/);
    const creations = calls.filter(({ verb }) => verb === 'create');
    expect(creations.length).toBeGreaterThan(8);
    expect(
      creations.filter(({ file, call }) => !makers.includes(file) || !isRepeatable(call)),
    ).toEqual([]);
    expect(calls.filter(({ verb, call }) => verb !== 'create' && isRepeatable(call))).toEqual([]);
  });
});

describe('the command line', () => {
  const commands = server.filter(({ file }) => file.startsWith('src/cli/'));
  const calls = findCalls(
    commands,
    /\badmin\s*\.(?<verb>get|getTagged|post|patch|delete|find|list|openText)\(\s*(?:'(?<path>\/[^']*)'|`(?<path>\/[^`]*)`)/g,
  );

  test('reaches a server by the admin API, and by what everybody else reaches it by', () => {
    expect(filesWith(commands, /\bfetch\(|node:https?'/)).toEqual(['src/cli/remote/http-call.ts']);
    expect(filesWith(commands, /\b(?:callServer|openAnswer)\(/).toSorted()).toEqual([
      'src/cli/remote/admin-client.ts',
      'src/cli/remote/http-call.ts',
      'src/cli/remote/server-metadata.ts',
      'src/cli/remote/token-fetch.ts',
    ]);
    const text = textOf(commands, 'src/cli/remote/admin-client.ts');
    const addresses = text.match(/\b(?:callServer|openAnswer)\([^,]*/g);
    expect(new Set(addresses)).toEqual(
      new Set(['callServer(this.#urlOf(path)', 'openAnswer(this.#urlOf(path)']),
    );
    expect(text).toContain('return `${this.#address}/api/v1${path}`;');
    const endpoints = commands.flatMap(({ text: source }) =>
      [...source.matchAll(/postAsClient\(\s*\w+,\s*'([^']*)'/g)].map(([, path = '']) => path),
    );
    expect(endpoints.toSorted()).toEqual(['/oauth2/introspect', '/oauth2/token']);
  });

  test('asks for what is declared', () => {
    expect(calls.length).toBeGreaterThan(40);
    expect(calls.filter(({ call }) => !isDeclared(call))).toEqual([]);
  });

  test('has the database itself only where there is no server yet, or none that lets anybody in', () => {
    const composing = /(?:\bfrom\s+|\bimport\()'(?:\.\.\/)+(?:compose|cluster)\/[^']*'/;
    const users = commands.filter(({ text }) =>
      [...text.matchAll(/^(?!import type).*$/gm)].some(([line]) => composing.test(line)),
    );
    expect(users.map(({ file }) => file).toSorted()).toEqual([
      'src/cli/server/bootstrap-command.ts',
      'src/cli/server/migrate-command.ts',
      'src/cli/server/serve-command.ts',
    ]);
  });
});

test('what is not declared would be seen', () => {
  expect(isDeclared('GET /clients/${id}')).toBe(true);
  expect(isDeclared('GET /${noun}s/${id}')).toBe(true);
  expect(isDeclared('POST ${path}/keep')).toBe(true);
  expect(isDeclared('POST ${path}/plaintext')).toBe(false);
  expect(isDeclared('PUT /clients/${id}')).toBe(false);
  expect(isDeclared('GET /clients/${id}/plaintext')).toBe(false);
  expect(isDeclared('POST /import')).toBe(false);
});
