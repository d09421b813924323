/** What the server sends of the console: to anybody, with the right headers, small enough, and nothing else. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import Koa from 'koa';
import { consoleRouter } from '../../src/console/console-router.ts';
import { sharedServers } from '../support/shared-servers.ts';

const { postgresql: server } = sharedServers();
const firstLoadBytesMax = 250_000;
const built = fileURLToPath(new URL('../../console/dist', import.meta.url));

const get = (path: string, init: RequestInit = {}) =>
  fetch(`${server.issuer}${path}`, { redirect: 'manual', ...init });

/** The path as it is written: `fetch` would tidy it. */
async function getRaw(
  path: string,
  origin = server.issuer,
): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    request({ hostname, port, path }, (response) => {
      text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
    })
      .on('error', reject)
      .end();
  });
}

/** As it goes over the wire, compressed. */
async function readCompressed(path: string): Promise<Buffer> {
  const { hostname, port } = new URL(server.issuer);
  return new Promise((resolve, reject) => {
    request({ hostname, port, path, headers: { 'accept-encoding': 'gzip' } }, (response) => {
      expect([path, response.headers['content-encoding']]).toEqual([path, 'gzip']);
      response.toArray().then((chunks) => resolve(Buffer.concat(chunks)), reject);
    })
      .on('error', reject)
      .end();
  });
}

async function findFirstScript(): Promise<string> {
  const page = await (await get('/console/')).text();
  return /src="(\/console\/assets\/[^"]+\.js)"/.exec(page)?.[1] ?? '';
}

test('the first load is at most 250 kB of compressed script', async () => {
  const seen = new Map<string, number>();
  const load = async (path: string): Promise<void> => {
    if (seen.has(path)) return;
    seen.set(path, 0);
    const compressed = await readCompressed(path);
    seen.set(path, compressed.length);
    const source = gunzipSync(compressed).toString();
    // What it imports at once; pages are loaded when somebody goes there.
    const imports = source.matchAll(/(?:\bfrom|\bimport)\s*["']\.\/([^"']+\.js)["']/g);
    for (const [, name = ''] of imports) await load(`/console/assets/${name}`);
  };
  const page = await (await get('/console/')).text();
  for (const [, path = ''] of page.matchAll(/(?:src|href)="(\/console\/assets\/[^"]+\.js)"/g)) {
    await load(path);
  }
  expect(seen.size).toBeGreaterThan(0);
  const bytes = [...seen.values()].reduce((sum, size) => sum + size, 0);
  expect(bytes).toBeGreaterThan(50_000);
  expect(bytes).toBeLessThanOrEqual(firstLoadBytesMax);
});

test('the page is asked for again each time; what it loads is kept for a year', async () => {
  const page = await get('/console/clients');
  expect(page.status).toBe(200);
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(page.headers.get('cache-control')).toBe('no-cache');
  const asset = await get(await findFirstScript());
  expect(asset.status).toBe(200);
  expect(asset.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
  expect(asset.headers.get('cache-control')).toBe('max-age=31536000,immutable');
  expect(asset.headers.get('x-content-type-options')).toBe('nosniff');
});

// W-01
test('no script but our own runs in it, and nobody may frame it', async () => {
  const { headers } = await get('/console/');
  const policy = headers.get('content-security-policy') ?? '';
  const script = policy.split(';').find((directive) => /^\s*script-src /.test(directive));
  expect(script?.trim()).toBe("script-src 'self'");
  expect(policy).toContain("object-src 'none'");
  expect(policy).toContain("base-uri 'none'");
  expect(policy).toMatch(/frame-ancestors '(?:none|self)'/);
  expect(policy).not.toContain('unsafe-eval');
  const page = await (await get('/console/')).text();
  expect(page).not.toMatch(/<script(?![^>]*\bsrc=)/);
  expect(page).not.toMatch(/\son\w+=/);
});

test.each(['br', 'gzip', 'identity'])(
  '%s says the same, and no session is needed',
  async (encoding) => {
    const path = await findFirstScript();
    const digest = async (accepted: string) => {
      const answer = await get(path, { headers: { 'accept-encoding': accepted } });
      expect(answer.headers.get('vary')).toContain('Accept-Encoding');
      expect(answer.headers.get('content-encoding')).toBe(
        accepted === 'identity' ? null : accepted,
      );
      return createHash('sha256')
        .update(Buffer.from(await answer.arrayBuffer()))
        .digest('hex');
    };
    expect(await digest(encoding)).toBe(await digest('identity'));
  },
);

test('HEAD answers as GET does, without the body', async () => {
  for (const path of ['/console/', await findFirstScript(), '/console/icon.svg']) {
    const seen = await get(path);
    const head = await get(path, { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(await head.text()).toBe('');
    for (const name of ['content-type', 'cache-control', 'content-security-policy']) {
      expect([path, name, head.headers.get(name)]).toEqual([path, name, seen.headers.get(name)]);
    }
    await seen.arrayBuffer();
  }
});

test('a file that is not there is 404, and never the page in its place', async () => {
  const unknown = ['/console/assets/none.js', '/console/assets/none', '/console/assets/a/b.js'];
  for (const path of unknown) {
    const { status, headers } = await get(path);
    expect([path, status]).toEqual([path, 404]);
    expect(headers.get('cache-control') ?? '').not.toContain('immutable');
  }
  expect((await get('/console')).status).toBe(302);
  expect((await get('/console/', { method: 'POST' })).status).toBe(405);
});

// W-21
test('sources, maps, and what stands beside the files, are not served', async () => {
  expect(
    readdirSync(built, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.map'),
    ),
  ).toEqual([]);
  // Nor would they be if they were there.
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-console-'));
  await mkdir(join(folder, 'assets'));
  const served = ['assets/main-x_1.js', 'assets/main.css', 'icon.svg'];
  const kept = ['assets/main.js.map', 'assets/main.tsx', 'assets/.hidden.js', 'assets/x.js.gz'];
  for (const file of [...served, ...kept, 'inputs.sha256']) {
    await writeFile(join(folder, file), `the content of ${file}`);
  }
  const http = new Koa().use(consoleRouter(folder).routes()).listen(0, '127.0.0.1');
  try {
    await once(http, 'listening');
    // A listening TCP server has an AddressInfo.
    const { port } = http.address() as AddressInfo;
    const read = async (file: string) =>
      (await getRaw(`/console/${file}`, `http://127.0.0.1:${port}`)).body;
    for (const file of served) expect(await read(file)).toBe(`the content of ${file}`);
    for (const file of [...kept, 'inputs.sha256', 'assets/../inputs.sha256']) {
      expect(await read(file)).not.toContain('the content of');
    }
  } finally {
    http.close();
    await rm(folder, { recursive: true });
  }
});

test.each([
  '/console/assets/../../package.json',
  '/console/assets/..%2f..%2fpackage.json',
  '/console/assets/%2e%2e/%2e%2e/package.json',
  '/console/assets/..%5c..%5cpackage.json',
  '/console/assets/....//package.json',
  '/console/assets/%252e%252e%252fpackage.json',
  '/console/assets//etc/passwd',
  '/console/assets/%00.js',
  '/console/assets/x%00.js',
  '/console/../package.json',
  '/console/%2e%2e/%2e%2e/etc/passwd',
])('%s leads out of the folder for nobody', async (path) => {
  const { status, body } = await getRaw(path);
  expect([200, 302, 400, 404]).toContain(status);
  expect(body).not.toContain('"dependencies"');
  expect(body).not.toContain('root:');
  // Below /console everything that is no file is the page.
  if (status === 200) expect(body).toContain('<div id="console">');
});
