/** Errors of the admin API and of unknown routes as RFC 9457 problem details: the one translation. */
import type { Context, Next } from 'koa';
import { RegistryError, type RegistryErrorCode } from '../model/registry-error.ts';
import { ChangeOutcomeUnknown, StoreUnavailable } from '../model/store-unavailable.ts';
import { BodyError } from './bodies.ts';
import { exchangeOf } from './exchange.ts';

export const retryAfterSeconds = 1;

const statuses: Record<RegistryErrorCode, { status: number; title: string }> = {
  invalid: { status: 400, title: 'The request is not valid' },
  invalid_scope: { status: 400, title: 'The scope is not valid, or not granted' },
  invalid_target: { status: 400, title: 'The API is not named, or not granted' },
  unauthenticated: { status: 401, title: 'Authentication is required' },
  forbidden: { status: 403, title: 'Not permitted' },
  confirmation_required: { status: 403, title: 'The password is needed again' },
  not_found: { status: 404, title: 'Not found' },
  conflict: { status: 409, title: 'Conflict with the current state' },
  precondition_failed: { status: 412, title: 'The record has changed' },
  payload_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'Unsupported media type' },
  too_many_requests: { status: 429, title: 'Too many requests' },
  idempotency_mismatch: { status: 422, title: 'The Idempotency-Key belongs to another request' },
};

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  request_id: string;
  errors?: readonly { pointer: string; detail: string }[];
}

/** Koa middleware: whatever is thrown below leaves as a problem; what we do not know is a bare 500. */
export async function answerProblems(ctx: Context, next: Next): Promise<void> {
  const exchange = exchangeOf(ctx.req);
  try {
    await next();
    // The router says 501 for methods that no route has, on any path; 5xx is for failures of ours.
    const isMethodRefused = ctx.status === 405 || ctx.status === 501;
    const allow = ctx.response.get('Allow');
    if (isMethodRefused && allow !== '') {
      sendProblem(ctx, refuseMethod(allow, exchange.requestId));
    } else if (isMethodRefused || (ctx.status === 404 && ctx.body === undefined)) {
      ctx.remove('Allow');
      throw new RegistryError('not_found', 'there is nothing here');
    }
  } catch (error) {
    exchange.failure = error;
    sendProblem(ctx, toProblem(error, exchange.requestId));
  }
}

function sendProblem(ctx: Context, problem: Problem): void {
  ctx.status = problem.status;
  if (problem.status === 503 || problem.status === 429)
    ctx.set('Retry-After', String(retryAfterSeconds));
  ctx.set('Cache-Control', 'no-store');
  ctx.body = JSON.stringify(problem);
  ctx.type = 'application/problem+json';
}

function refuseMethod(allow: string, requestId: string): Problem {
  const title = 'The method is not allowed here';
  return createProblem('method_not_allowed', 405, title, `use one of: ${allow}`, requestId);
}

function toProblem(error: unknown, requestId: string): Problem {
  if (error instanceof RegistryError) {
    const { status, title } = statuses[error.code];
    return {
      ...createProblem(error.code, status, title, error.message, requestId),
      ...(error.faults.length > 0 ? { errors: error.faults } : {}),
      ...error.extensions,
    };
  }
  if (error instanceof BodyError) {
    const code = error.status === 413 ? 'payload_too_large' : 'invalid';
    return createProblem(code, error.status, statuses[code].title, error.message, requestId);
  }
  if (error instanceof StoreUnavailable) {
    const detail =
      error instanceof ChangeOutcomeUnknown
        ? 'the database went away while the change was stored, so it may or may not have been made: look before you repeat it, or repeat it with the same Idempotency-Key'
        : 'the database does not answer: try again in a moment';
    return createProblem('unavailable', 503, 'Temporarily unavailable', detail, requestId);
  }
  const detail = 'quote the request_id to the operator of this server';
  return createProblem('server_error', 500, 'Something failed here', detail, requestId);
}

function createProblem(
  code: string,
  status: number,
  title: string,
  detail: string,
  requestId: string,
): Problem {
  const type = `urn:latchkey:problem:${code}`;
  return { type, title, status, detail, code, request_id: requestId };
}

/** For answers that are given before Koa is asked, on routes that speak problem details. */
export function formatProblem(...parts: Parameters<typeof createProblem>): string {
  return JSON.stringify(createProblem(...parts));
}

/** As the API documents it: the problem that an answer with this status has. */
export function exampleProblem(status: number, detail: string, requestId: string): Problem {
  const [code, known] = Object.entries(statuses).find(([, one]) => one.status === status) ?? [];
  if (code !== undefined && known !== undefined) {
    return createProblem(code, status, known.title, detail, requestId);
  }
  return toProblem(status === 503 ? new StoreUnavailable(undefined) : undefined, requestId);
}
