/** Whether a path is answered as one that was never there: by its bytes nobody tells that it is elsewhere. */
import { expect } from '@jest/globals';
import {
  answerRaw,
  headerOf,
  sendRaw,
  type RawAnswer,
  type RawTarget,
} from '../support/raw-http.ts';
import { formatTokenRequest, type TokenRequestParts } from '../oauth/token-cases.ts';

export const unknownPath = '/nowhere';
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'];

/** The same path as somebody else might read it. */
export const disguises: ((path: string) => string)[] = [
  (path) => `${path}/`,
  (path) => `/${path}`,
  (path) => `${path}?x=1`,
  (path) => `${path};x=1`,
  (path) => `${path}%00`,
  (path) => `${path}#x`,
  (path) => path.toUpperCase(),
  (path) => path.replaceAll('/', '\\').replace('\\', '/'),
  (path) => path.replaceAll('/', '%2f').replace('%2f', '/'),
  (path) => path.replace(/[a-z]/, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
  (path) => `/.${path}`,
  (path) => `/%2e${path}`,
  (path) => `/health/..${path}`,
  (path) => `/health/%2e%2e${path}`,
  (path) => `/oauth2/token/../..${path}`,
];

/** `instead` is the unknown one, where it must have a form of its own. */
export async function expectUnknown(
  server: RawTarget,
  parts: TokenRequestParts,
  instead = unknownPath,
): Promise<void> {
  const ask = async (target = '/') => {
    const bytes = formatTokenRequest({ method: 'GET', contentType: null, ...parts, target });
    return withoutIds(await answerRaw(server, bytes, { isHead: parts.method === 'HEAD' }));
  };
  expect({ parts, ...(await ask(parts.target)) }).toEqual({ parts, ...(await ask(instead)) });
}

/** With every method, on one connection: what comes behind another request is no way in either. */
export async function expectUnknownWithAnyMethod(
  server: RawTarget,
  parts: TokenRequestParts,
): Promise<void> {
  const askAll = async (target = '/') => {
    const requests = methods.map((method) =>
      formatTokenRequest({ contentType: null, ...parts, method, target }),
    );
    const { answers } = await sendRaw(server, [Buffer.concat(requests)], {
      answers: methods.length,
    });
    return answers.map(withoutIds);
  };
  const unknown = await askAll(unknownPath);
  expect(unknown.length).toBe(methods.length);
  expect(await askAll(parts.target)).toEqual(unknown);
  await expectUnknown(server, { ...parts, method: 'HEAD' });
}

/** Names and values of the headers in their order: a caller tells answers apart by any of them. */
function withoutIds(answer: RawAnswer): object {
  const requestId = headerOf(answer, 'x-request-id') ?? 'no request id';
  const headers = answer.headers
    .filter(([name]) => name !== 'date')
    .map(([name, value]) => [name, value.replace(requestId, '')]);
  return { status: answer.status, headers, body: answer.body.replace(requestId, '') };
}
