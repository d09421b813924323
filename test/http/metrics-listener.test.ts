/** The metrics listener when there is nothing to be read: it says so, and goes on. */
import { afterEach, expect, test } from '@jest/globals';
import { listenForMetrics, type MetricsListener } from '../../src/http/metrics-listener.ts';

let listener: MetricsListener | undefined;
afterEach(() => {
  listener?.server.close();
});

test('metrics that cannot be read are 500, without a word of why, and the next ones are read', async () => {
  let fault: Error | undefined = new Error('the secret reason');
  listener = await listenForMetrics(0, () =>
    fault ? Promise.reject(fault) : Promise.resolve('latchkey_up 1\n'),
  );
  const url = `http://127.0.0.1:${listener.port}/metrics`;
  const failed = await fetch(url);
  expect([failed.status, failed.headers.get('content-type'), await failed.text()]).toEqual([
    500,
    'text/plain',
    'the metrics could not be read\n',
  ]);
  expect(failed.headers.get('x-content-type-options')).toBe('nosniff');
  fault = undefined;
  const read = await fetch(url);
  expect([read.status, await read.text()]).toEqual([200, 'latchkey_up 1\n']);
});
