/** Errors of the admin API and of unknown routes as RFC 9457 problem details: the one translation. */
import type { Context, Next } from 'koa';
import { RegistryError, type RegistryErrorCode } from '../model/registry-error.ts';
import { StoreUnavailable } from '../model/store-unavailable.ts';
import { BodyError } from './bodies.ts';
import { exchangeOf } from './exchange.ts';

export const retryAfterSeconds = 1;

const statuses: Record<RegistryErrorCode, { status: number; title: string }> = {
  invalid: { status: 400, title: 'The request is not valid' },
  unauthenticated: { status: 401, title: 'Authentication is required' },
  forbidden: { status: 403, title: 'Not permitted' },
  not_found: { status: 404, title: 'Not found' },
  conflict: { status: 409, title: 'Conflict with the current state' },
  precondition_failed: { status: 412, title: 'The record has changed' },
  payload_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'Unsupported media type' },
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
  try {
    await next();
    if (ctx.status === 404 && ctx.body === undefined)
      throw new RegistryError('not_found', 'there is nothing here');
  } catch (error) {
    const exchange = exchangeOf(ctx.req);
    exchange.failure = error;
    const problem = toProblem(error, exchange.requestId);
    ctx.status = problem.status;
    if (problem.status === 503) ctx.set('Retry-After', String(retryAfterSeconds));
    ctx.set('Cache-Control', 'no-store');
    ctx.body = JSON.stringify(problem);
    ctx.type = 'application/problem+json';
  }
}

function toProblem(error: unknown, requestId: string): Problem {
  const problem = (status: number, code: string, title: string, detail: string): Problem => ({
    type: `urn:latchkey:problem:${code}`,
    title,
    status,
    detail,
    code,
    request_id: requestId,
  });
  if (error instanceof RegistryError) {
    const { status, title } = statuses[error.code];
    return {
      ...problem(status, error.code, title, error.message),
      ...(error.faults.length > 0 ? { errors: error.faults } : {}),
      ...error.extensions,
    };
  }
  if (error instanceof BodyError) {
    const code = error.status === 413 ? 'payload_too_large' : 'invalid';
    return problem(error.status, code, statuses[code].title, error.message);
  }
  if (error instanceof StoreUnavailable) {
    return problem(
      503,
      'unavailable',
      'Temporarily unavailable',
      'the database does not answer: try again in a moment',
    );
  }
  return problem(
    500,
    'server_error',
    'Something failed here',
    'quote the request_id to the operator of this server',
  );
}

/** For answers that are given before Koa is asked, on routes that speak problem details. */
export function formatProblem(
  code: string,
  status: number,
  title: string,
  detail: string,
  requestId: string,
): string {
  const problem: Problem = {
    type: `urn:latchkey:problem:${code}`,
    title,
    status,
    detail,
    code,
    request_id: requestId,
  };
  return JSON.stringify(problem);
}
