/** The closed family of errors an OAuth client may meet (RFC 6749 §5.2, RFC 8707 §2). */

export type OAuthErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'invalid_scope'
  | 'invalid_target'
  | 'temporarily_unavailable'
  | 'server_error';

export class OAuthError extends Error {
  readonly code: OAuthErrorCode;
  readonly status: number;
  /** Public: characters %x20-21 / %x23-5B / %x5D-7E only, and never a value taken from the request. */
  readonly description: string;
  /** When to try again, where only time helps; undefined: the usual, or never. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: OAuthErrorCode,
    description: string,
    options: { status?: number; cause?: unknown; retryAfterSeconds?: number } = {},
  ) {
    super(`${code}: ${description}`, { cause: options.cause });
    this.name = 'OAuthError';
    this.code = code;
    this.status = options.status ?? 400;
    this.description = description;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}
