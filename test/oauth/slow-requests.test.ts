/** A4 of the catalogue, its slow part: nobody holds a connection by sending a little at a time, or without end. */
import { expect, test } from '@jest/globals';
import {
  closedAtOnceMillisMax,
  expectInvariants,
  headerOf,
  type RawOptions,
  sendRaw,
} from '../support/raw-http.ts';
import { sharedServers } from '../support/shared-servers.ts';
import { expectAnswer, formType, tokenPath, type Expected } from './token-cases.ts';

const millisMax = 15_000;
const trickle: RawOptions = { answers: Infinity, pauseMillis: 200, timeoutMillis: 20_000 };
const flood: RawOptions = { answers: Infinity, pauseMillis: 1, timeoutMillis: 20_000 };

function* endlessly(first: string, more: string): Generator<string> {
  yield first;
  for (;;) yield more;
}

const head = (...lines: string[]) => `POST ${tokenPath} HTTP/1.1\r\nHost: x\r\n${lines.join('')}`;
const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;
const form = `Content-Type: ${formType}\r\n`;
const tooLarge: Expected = [413, 'invalid_request', 'the body must be at most 16384 bytes'];

test(
  'slow and endless requests end in time, each with an answer',
  async () => {
    // The limits belong to the listener: the database makes no difference.
    const server = sharedServers().postgresql;
    const [headers, body, chunks, endless, unread] = await Promise.all([
      // P-116
      sendRaw(server, endlessly(head(), 'X: y\r\n'), { ...trickle, pauseMillis: 500 }),
      // P-117
      sendRaw(server, endlessly(head(form, 'Content-Length: 16000\r\n\r\n'), 'x'), trickle),
      sendRaw(
        server,
        endlessly(head(form, 'Transfer-Encoding: chunked\r\n\r\n'), chunk('x')),
        trickle,
      ),
      // P-089
      sendRaw(
        server,
        endlessly(head(form, 'Transfer-Encoding: chunked\r\n\r\n'), chunk('x'.repeat(4096))),
        flood,
      ),
      // Answered before its body is read, which then goes on and on.
      sendRaw(
        server,
        endlessly(head('Transfer-Encoding: chunked\r\n\r\n'), chunk('x'.repeat(64))),
        { ...flood, pauseMillis: 50 },
      ),
    ]);

    for (const { answers, closedAfterMillis } of [headers, body, chunks]) {
      expect(closedAfterMillis).toBeLessThan(millisMax);
      const [answer, ...more] = answers;
      expect(more).toEqual([]);
      if (answer === undefined) throw new Error('a slow request was cut off without an answer');
      expectInvariants(answer);
      expect({ status: answer.status, body: JSON.parse(answer.body) as unknown }).toEqual({
        status: 408,
        body: {
          type: 'urn:latchkey:problem:request_timeout',
          title: 'The request took too long',
          status: 408,
          detail: 'send the head within 10 seconds and the whole request within 12',
          code: 'request_timeout',
          request_id: headerOf(answer, 'x-request-id'),
        },
      });
    }

    expect(endless.closedAfterMillis).toBeLessThan(closedAtOnceMillisMax);
    expect(endless.answers).toHaveLength(1);
    for (const answer of endless.answers) {
      expectInvariants(answer);
      expectAnswer(server, answer, tooLarge);
    }

    expect(unread.closedAfterMillis).toBeLessThan(millisMax);
    expect(unread.answers.map(({ status }) => status)).toEqual([400]);
  },
  millisMax + 10_000,
);
