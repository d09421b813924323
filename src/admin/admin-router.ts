/** Mounts the admin API: authenticate, authorize, validate, then one handler. */
import { Readable } from 'node:stream';
import Router from '@koa/router';
import type { Context } from 'koa';
import type { z } from 'zod';
import type { Visitor } from '../directory/session-registry.ts';
import { addressBlock } from '../http/address-block.ts';
import { mediaType, readBody } from '../http/bodies.ts';
import { exchangeOf, readUserAgent } from '../http/exchange.ts';
import type { Principal } from '../model/principal.ts';
import type { RefusedActor, Refusal } from '../model/refused-attempt.ts';
import { RegistryError, type Fault } from '../model/registry-error.ts';
import type { AdminAuthorization } from './authorization.ts';
import { parseJsonBody } from './json-body.ts';
import { querySchema, type Route } from './route.ts';

export const adminPrefix = '/api/v1';
const bodyBytesMax = 262_144;
/** An answer must not be many times its request. */
const faultsShownMax = 50;
const faultCharactersMax = 300;
const detailCharactersMax = 2_000;
const idempotencyKeyPattern = /^[\x21-\x7E]{1,255}$/;

export function adminRouter(
  routes: readonly Route[],
  authorization: AdminAuthorization,
  onRefusal: (refusal: Refusal) => void,
): Router {
  const router = new Router({ prefix: adminPrefix, sensitive: true, strict: true });
  for (const route of routes) {
    const path = route.path.replaceAll(/\{(\w+)\}/g, ':$1');
    router[route.method](adminPrefix + route.path, path, (ctx: Context) =>
      answer(ctx, route, authorization).catch((error: unknown) => {
        noteRefusal(ctx, route, error, onRefusal);
        throw error;
      }),
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
  // Nobody else makes us read a body.
  const caller = await authorization.admit(ctx, route);
  const query = parse(querySchema(route), { ...ctx.query }, '') as { wait?: boolean };
  const params = parse(route.params, ctx['params'] as unknown, '');
  const body = route.body ? parse(route.body, await readJson(ctx, route), '/') : undefined;
  // The body may have taken its time, and the caller may have been cut off since.
  const { actor, session } = route.body ? await authorization.admit(ctx, route) : caller;
  const call = {
    // On a public route there is none, and defineRoute's handlers know.
    actor: actor && { ...actor, waits: query.wait ?? true },
    visitor: visitorOf(ctx),
    session,
    params,
    query,
    body,
    ifMatch: ctx.get('if-match') || undefined,
    idempotencyKey: route.idempotent ? readIdempotencyKey(ctx) : undefined,
  };
  // defineRoute tied the handler to these very schemas.
  const answering = route.handle(call as Parameters<Route['handle']>[0]);
  const result = await answering.catch((error: unknown) => {
    authorization.challengeEnded(ctx, error);
    throw error;
  });
  ctx.status = result.status;
  for (const [name, value] of Object.entries(result.headers ?? {})) ctx.set(name, value);
  if (result.lines) {
    const body = Readable.from(result.lines);
    // The status has gone: only a broken connection says that this is not all.
    body.once('error', () => ctx.res.destroy());
    ctx.body = body;
    ctx.type = route.responses[result.status]?.mediaType ?? 'text/plain';
  } else if (result.body !== undefined) {
    ctx.body = JSON.stringify(result.body);
    ctx.type = 'application/json';
  }
}

/** Who tried what they may not. Public routes know for themselves what was tried. */
function noteRefusal(
  ctx: Context,
  { operationId, isPublic }: Route,
  error: unknown,
  onRefusal: (refusal: Refusal) => void,
): void {
  if (isPublic || !(error instanceof RegistryError)) return;
  const { code } = error;
  if (code !== 'forbidden' && code !== 'unauthenticated') return;
  const { principal, address, requestId } = exchangeOf(ctx.req);
  onRefusal({
    kind: code,
    actor: principal && pickActor(principal),
    operation: operationId,
    address,
    network: addressBlock(address),
    requestId,
  });
}

function pickActor({ type, id, name, organizationId, locationId }: Principal): RefusedActor {
  return { type, id, name, organizationId, locationId };
}

function visitorOf(ctx: Context): Visitor {
  const { requestId, address } = exchangeOf(ctx.req);
  return {
    origin: { requestId, address, userAgent: readUserAgent(ctx.req) },
    network: addressBlock(address),
  };
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
  const faults = parsed.error.issues
    .flatMap((issue) => (root === '/' ? [findBodyFault(issue)] : findParameterFaults(issue)))
    .slice(0, faultsShownMax)
    .map(({ pointer, detail }) => ({
      pointer: shorten(pointer, faultCharactersMax),
      detail: shorten(detail, faultCharactersMax),
    }));
  const detail = faults.map((fault) => `${fault.pointer || 'body'}: ${fault.detail}`).join('; ');
  throw new RegistryError('invalid', shorten(detail, detailCharactersMax), { faults });
}

/** Names of the request's own are quoted in faults, and may be as long as the request. */
function shorten(text: string, charactersMax: number): string {
  return text.length <= charactersMax ? text : `${text.slice(0, charactersMax).toWellFormed()}…`;
}

/** The pointer is a JSON pointer (RFC 6901) into the body. */
function findBodyFault({ path, message }: z.core.$ZodIssue): Fault {
  const parts = path.map((part) => String(part).replaceAll('~', '~0').replaceAll('/', '~1'));
  return { pointer: parts.map((part) => `/${part}`).join(''), detail: message };
}

/** The pointer is the bare name of the parameter. */
function findParameterFaults(issue: z.core.$ZodIssue): Fault[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ pointer: key, detail: 'there is no such parameter here' }));
  }
  return [{ pointer: issue.path.join('.'), detail: issue.message }];
}
