/** Fetches an access token with a client credential (RFC 6749 §4.4), and explains a refusal. */
import { z } from 'zod';
import type { Caller } from './caller.ts';
import { CliError, exitCodes, type CliErrorOptions, type ExitCode } from '../terminal/cli-error.ts';
import { callServer, type HttpAnswer } from './http-call.ts';

export const tokenSchema = z.looseObject({
  access_token: z.string(),
  token_type: z.string(),
  expires_in: z.number(),
  scope: z.string(),
});
export type TokenAnswer = z.infer<typeof tokenSchema>;

const refusalSchema = z.object({ error: z.string(), error_description: z.string().optional() });

/** The server said no; `code` is the OAuth error (RFC 6749 §5.2). */
export class TokenRefused extends CliError {
  constructor(exitCode: ExitCode, lines: readonly string[], options: CliErrorOptions) {
    super(exitCode, lines, options);
    this.name = 'TokenRefused';
  }
}

export interface TokenOptions {
  /** Identifier of an API; undefined: the client's default. */
  resource?: string | undefined;
  /** Undefined: everything granted. */
  scope?: string | undefined;
}

export async function fetchToken(
  caller: Caller,
  { resource, scope }: TokenOptions,
): Promise<TokenAnswer> {
  const parameters = new URLSearchParams({
    grant_type: 'client_credentials',
    ...(resource === undefined ? {} : { resource }),
    ...(scope === undefined ? {} : { scope }),
  });
  const answer = await postAsClient(caller, '/oauth2/token', parameters);
  const token = tokenSchema.safeParse(answer.body);
  if (answer.status === 200 && token.success) return token.data;
  throw toRefusal(caller, answer, 'gives no access token', resource);
}

/** Posts a form to an OAuth endpoint, with the caller's credential. */
export function postAsClient(
  { issuer, credential }: Caller,
  path: string,
  parameters: URLSearchParams,
): Promise<HttpAnswer> {
  const basic = [credential.clientId, credential.clientSecret].map(encodeURIComponent).join(':');
  return callServer(issuer + path, {
    method: 'POST',
    headers: { Authorization: `Basic ${Buffer.from(basic).toString('base64')}` },
    body: parameters,
  });
}

/** `what` the server does instead of answering, such as "gives no access token". */
export function toRefusal(
  { issuer, credential, source }: Caller,
  { status, body, requestId }: HttpAnswer,
  what: string,
  resource?: string,
): CliError {
  const refusal = refusalSchema.safeParse(body);
  if (!refusal.success) return notLatchkey(issuer, status);
  const { error, error_description: description = '' } = refusal.data;
  const lines = [
    `${issuer} ${what}: ${description || error} (${error})`,
    ...adviceFor(error, { clientId: credential.clientId, source, resource }),
  ];
  const exitCode = status === 503 ? exitCodes.unreachable : exitCodes.refused;
  return new TokenRefused(exitCode, lines, { code: error, requestId });
}

function adviceFor(
  error: string,
  {
    clientId,
    source,
    resource,
  }: { clientId: string; source: string; resource: string | undefined },
): string[] {
  if (error === 'invalid_client') {
    return [
      `It does not say more on purpose: ${clientId} may be unknown there or inactive, its secret wrong, expired or revoked. The credential came from ${source}.`,
    ];
  }
  if (error === 'invalid_target') {
    return [
      resource === undefined
        ? 'Name one API that the client is granted with --resource; "npx latchkey clients show" lists them.'
        : `Grant ${clientId} the API ${resource}, or use the credential of a client that has it.`,
    ];
  }
  if (error === 'invalid_scope') {
    return ['Ask for scopes the client is granted; "npx latchkey clients show" lists them.'];
  }
  return [];
}

export function notLatchkey(issuer: string, status: number): CliError {
  const isDown = status === 502 || status === 503 || status === 504;
  return new CliError(isDown ? exitCodes.unreachable : exitCodes.refused, [
    `${issuer} answers ${status}, and not in the words of Latchkey: is another server at this address?`,
  ]);
}
