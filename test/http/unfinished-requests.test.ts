/** Requests that are answered before they have come: whoever sends for ever is ended. P-089. */
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { describeOnBothDatabases } from '../support/shared-servers.ts';

/** P-089 says 1 s from the answer; the rest is for a busy machine. */
const closedMillisMax = 5_000;
const piece = 'a'.repeat(65_536);

describeOnBothDatabases('a request that was answered before it has come', (server) => {
  const open = async (head: string): Promise<Socket> => {
    const socket = connect(Number(new URL(server.issuer).port), '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(head);
    return socket;
  };

  test.each([
    ['to nowhere', 'POST /nowhere HTTP/1.1\r\n'],
    ['with a method that is not served', 'PUT /oauth2/token HTTP/1.1\r\n'],
    ['of another media type', 'POST /oauth2/token HTTP/1.1\r\nContent-Type: text/plain\r\n'],
    ['without a token', 'POST /api/v1/clients HTTP/1.1\r\nContent-Type: application/json\r\n'],
  ])('and never ends is cut off: %s', async (_what, head) => {
    const socket = await open(`${head}Host: x\r\nContent-Length: 9000000000\r\n\r\n`);
    let answer = '';
    socket.on('data', (chunk) => (answer += String(chunk)));
    const closed = new Promise<string>((resolve) => socket.on('close', () => resolve('closed')));
    const tooLate = sleep(closedMillisMax, 'too late', { ref: false });
    const send = () => {
      while (socket.writable && socket.write(piece));
    };
    socket.on('drain', send);
    send();
    expect(await Promise.race([closed, tooLate])).toBe('closed');
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(answer.toLowerCase()).toContain('connection: close');
  });
});
