/** Mounts the admin API: authenticate, authorize, validate, then one handler. */
import Router from '@koa/router';
import type { Context } from 'koa';
import type { z } from 'zod';
import { mediaType, readBody } from '../http/bodies.ts';
import { RegistryError, type Fault } from '../model/registry-error.ts';
import type { AdminAuthorization } from './authorization.ts';
import { parseJsonBody } from './json-body.ts';
import { querySchema, requiredPermissions, type Route } from './route.ts';

export const adminPrefix = '/api/v1';
const bodyBytesMax = 262_144;
/** An answer must not be many times its request. */
const faultsShownMax = 50;
const idempotencyKeyPattern = /^[\x21-\x7E]{1,255}$/;

export function adminRouter(routes: readonly Route[], authorization: AdminAuthorization): Router {
  const router = new Router({ prefix: adminPrefix, sensitive: true, strict: true });
  for (const route of routes) {
    const path = route.path.replaceAll(/\{(\w+)\}/g, ':$1');
    router[route.method](adminPrefix + route.path, path, (ctx: Context) =>
      answer(ctx, route, authorization),
    );
  }
  return router;
}

async function answer(
  ctx: Context,
  route: Route,
  authorization: AdminAuthorization,
): Promise<void> {
  ctx.set('Cache-Control', 'no-store');
  const actor = await authorization.requireActor(ctx, requiredPermissions(route));
  const query = parse(querySchema(route), { ...ctx.query }, '') as { wait?: boolean };
  const call = {
    actor: { ...actor, waits: query.wait ?? true },
    params: parse(route.params, ctx['params'] as unknown, ''),
    query,
    body: route.body ? parse(route.body, await readJson(ctx, route), '/') : undefined,
    ifMatch: ctx.get('if-match') || undefined,
    idempotencyKey: route.idempotent ? readIdempotencyKey(ctx) : undefined,
  };
  // defineRoute tied the handler to these very schemas.
  const result = await route.handle(call as Parameters<Route['handle']>[0]);
  ctx.status = result.status;
  for (const [name, value] of Object.entries(result.headers ?? {})) ctx.set(name, value);
  if (result.body !== undefined) {
    ctx.body = JSON.stringify(result.body);
    ctx.type = 'application/json';
  }
}

async function readJson(ctx: Context, route: Route): Promise<unknown> {
  const text = await readBody(ctx.req, ctx.res, bodyBytesMax);
  if (text === '' && route.bodyOptional) return {};
  if (ctx.req.headers['content-encoding'] !== undefined) {
    throw new RegistryError(
      'unsupported_media_type',
      'compressed bodies are not read: send it as it is',
    );
  }
  if (mediaType(ctx.req) !== 'application/json') {
    throw new RegistryError('unsupported_media_type', 'the body must be application/json');
  }
  return parseJsonBody(text);
}

function readIdempotencyKey(ctx: Context): string | undefined {
  const key = ctx.get('idempotency-key');
  if (key === '') return undefined;
  if (!idempotencyKeyPattern.test(key)) {
    throw new RegistryError(
      'invalid',
      'Idempotency-Key must be 1 to 255 visible characters without spaces',
    );
  }
  return key;
}

function parse(schema: z.ZodType | undefined, value: unknown, root: string): unknown {
  if (schema === undefined) return undefined;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.slice(0, faultsShownMax).map((issue): Fault => {
    const path = issue.path.map(String);
    // A JSON pointer (RFC 6901) into the body; the bare name for a parameter.
    const pointer =
      root === '/'
        ? path.map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
        : path.join('.');
    return { pointer, detail: issue.message };
  });
  throw new RegistryError(
    'invalid',
    faults.map(({ pointer, detail }) => `${pointer || 'body'}: ${detail}`).join('; '),
    { faults },
  );
}
