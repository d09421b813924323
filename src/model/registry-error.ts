/** The closed family of errors an admin may meet; `http/problem.ts` turns them into RFC 9457 answers. */

export type RegistryErrorCode =
  | 'invalid'
  | 'invalid_scope'
  | 'invalid_target'
  | 'unauthenticated'
  | 'forbidden'
  | 'confirmation_required'
  | 'not_found'
  | 'conflict'
  | 'precondition_failed'
  | 'idempotency_mismatch'
  | 'payload_too_large'
  | 'too_many_requests'
  | 'unsupported_media_type';

/** One fault in a request body or query: where (JSON pointer or parameter) and what to do about it. */
export interface Fault {
  pointer: string;
  detail: string;
}

export class RegistryError extends Error {
  readonly code: RegistryErrorCode;
  readonly faults: readonly Fault[];
  /** Further public members of the answer, such as the list of clients that hold a grant. */
  readonly extensions: Readonly<Record<string, unknown>>;

  constructor(
    code: RegistryErrorCode,
    detail: string,
    options: {
      faults?: readonly Fault[];
      extensions?: Record<string, unknown>;
      cause?: unknown;
    } = {},
  ) {
    super(detail, { cause: options.cause });
    this.name = 'RegistryError';
    this.code = code;
    this.faults = options.faults ?? [];
    this.extensions = options.extensions ?? {};
  }
}

/** A body that names what does not exist, or may not be used there: one fault, at one place. */
export function invalidAt(pointer: string, detail: string): RegistryError {
  return new RegistryError('invalid', detail, { faults: [{ pointer, detail }] });
}

export function notFound(noun: string): RegistryError {
  return new RegistryError('not_found', `there is no such ${noun}, or it is not yours to see`);
}

export function forbidden(detail: string): RegistryError {
  return new RegistryError('forbidden', detail);
}
