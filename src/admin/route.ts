/**
 * A route of the admin API, declared once: what authorizes, validates, documents and answers it. The
 * OpenAPI document and the tests' permission matrix are made from the same declaration.
 */
import { z } from 'zod';
import type { Visitor } from '../directory/session-registry.ts';
import type { SessionReading } from '../model/member.ts';
import type { Actor } from '../model/principal.ts';
import type { Permission } from '../model/permission.ts';

export interface RouteAnswer {
  status: number;
  /** undefined: no content. */
  body?: unknown;
  /** Instead of a body: written as they come, in the media type that is declared. */
  lines?: AsyncIterable<string>;
  headers?: Record<string, string>;
}

export interface RouteResponse {
  description: string;
  /** Of a body in JSON. */
  schema?: z.ZodType;
  /** Of a body of lines. */
  mediaType?: string;
  /** Of a body of lines, for the document. */
  example?: string;
}

/** What a member has called with, and the value its page proves itself with. */
export interface CallSession extends SessionReading {
  csrfToken: string;
}

export interface RouteCall<Params, Query, Body> {
  /** Nobody in particular on a public route, whose handler must not look. */
  actor: Actor;
  visitor: Visitor;
  /** Of a member who has signed in; always there where `memberOnly` demands it. */
  session: CallSession | undefined;
  params: Params;
  query: Query;
  body: Body;
  /** Sent by callers who want to change only what they have read. */
  ifMatch: string | undefined;
  /** 1 to 255 visible characters; undefined without the header. */
  idempotencyKey: string | undefined;
}

export interface Route {
  method: 'get' | 'post' | 'patch' | 'delete';
  /** OpenAPI form, below `/api/v1`: `/clients/{id}`. */
  path: string;
  operationId: string;
  summary: string;
  description?: string;
  tag: string;
  /** undefined: whoever may use the admin API at all. */
  permission?: Permission;
  /** Also needs `instance:operate`. */
  operatorOnly?: boolean;
  /** Whoever comes may call it; nobody is authenticated. */
  isPublic?: boolean;
  /** For members who have signed in, and not for clients. */
  memberOnly?: boolean;
  /** Cannot be taken back: a session needs a password that was entered a short while ago. */
  needsConfirmation?: boolean;
  /** Turns away whoever asks too often. */
  isSlowed?: boolean;
  params?: z.ZodObject;
  query?: z.ZodObject;
  body?: z.ZodType;
  /** A missing body counts as `{}`. */
  bodyOptional?: boolean;
  /** The body names a record, which may not be there, or not be the caller's to see. */
  mayMiss?: boolean;
  /** Changes nothing, though it is no GET: what is asked with is a secret, and stands in no address. */
  isReading?: boolean;
  idempotent?: boolean;
  conditional?: boolean;
  responses: Record<number, RouteResponse>;
  handle: (call: RouteCall<never, never, never>) => Promise<RouteAnswer>;
}

/** All of them are needed. */
export function requiredPermissions(route: Route): Permission[] {
  return [
    ...(route.permission === undefined ? [] : [route.permission]),
    ...(route.operatorOnly ? ['instance:operate' as const] : []),
  ];
}

/** The router has let nobody else in where `memberOnly` demands it. */
export function requireSession(session: CallSession | undefined): CallSession {
  if (session === undefined) throw new Error('the route is not declared memberOnly');
  return session;
}

type Parsed<Schema> = Schema extends z.ZodType ? z.infer<Schema> : undefined;

/** Ties the handler's types to the route's schemas. */
export function defineRoute<
  Params extends z.ZodObject | undefined,
  Query extends z.ZodObject | undefined,
  Body extends z.ZodType | undefined,
>(
  route: Omit<Route, 'params' | 'query' | 'body' | 'handle'> & {
    params?: Params;
    query?: Query;
    body?: Body;
    handle: (call: RouteCall<Parsed<Params>, Parsed<Query>, Parsed<Body>>) => Promise<RouteAnswer>;
  },
): Route {
  // The router parses with the same schemas before it calls the handler.
  return route as Route;
}

const waitSchema = z
  .enum(['true', 'false'])
  .transform((value) => value === 'true')
  .optional()
  .meta({
    description:
      'A change that takes something away is answered when every instance obeys it (30 ms as a rule, 1.2 s when one is frozen). `false`: answered when it is stored',
  });

/** The route's own parameters, and with a change how long its caller wants to wait. */
export function querySchema(route: Route): z.ZodObject {
  const own = route.query ?? z.strictObject({});
  return route.method === 'get' ? own : own.extend({ wait: waitSchema });
}
