/** The metrics of several processes as one, whoever of them is gone. */
import { expect, test } from '@jest/globals';
import { createExchange } from '../../src/http/exchange.ts';
import { Metrics } from '../../src/http/metrics.ts';
import { WorkerMetrics } from '../../src/http/worker-metrics.ts';

function countTokens(metrics: Metrics, count: number, listener?: string): void {
  const counting = metrics.ofListener(listener);
  for (let token = 0; token < count; token += 1) {
    const exchange = createExchange('127.0.0.1');
    exchange.route = 'token';
    exchange.outcome = 'issued';
    counting.observe(exchange, { method: 'POST', status: 200, aborted: false, millis: 1.5 });
  }
}

const requests =
  'latchkey_http_request_duration_seconds_count{route="token",method="POST",status="200"}';
const tokens = 'latchkey_token_requests_total{outcome="issued"}';

async function readSamples(metrics: WorkerMetrics, ...names: string[]): Promise<unknown[]> {
  const lines = (await metrics.read()).split('\n');
  return names.map((name) => {
    const samples = lines.filter((line) => line.startsWith(`${name} `));
    return samples.map((line) => Number(line.slice(name.length + 1)));
  });
}

test('counters and histograms are summed, and stay when a process ends; gauges do not', async () => {
  const all = new WorkerMetrics();
  const processes = [new Metrics(), new Metrics(), new Metrics()];
  for (const [index, metrics] of processes.entries()) {
    countTokens(metrics, index + 1);
    metrics.setDatabaseUp(true);
    all.note(index, await metrics.snapshot());
  }
  const names = [requests, tokens, 'latchkey_database_up'];
  expect(await readSamples(all, ...names)).toEqual([[6], [6], [1]]);
  all.noteEnd(2);
  all.noteEnd(1);
  expect(await readSamples(all, ...names)).toEqual([[6], [6], [1]]);
  all.noteEnd(0);
  expect(await readSamples(all, ...names)).toEqual([[6], [6], []]);
  all.note(3, (await processes[0]?.snapshot()) ?? []);
  expect(await readSamples(all, ...names)).toEqual([[7], [7], [1]]);
});

test('the database is up when every process reaches it', async () => {
  const all = new WorkerMetrics();
  for (const [index, isUp] of [true, false, true].entries()) {
    const metrics = new Metrics();
    metrics.setDatabaseUp(isUp);
    all.note(index, await metrics.snapshot());
  }
  expect(await readSamples(all, 'latchkey_database_up')).toEqual([[0]]);
});

test('says how many serve, and how often one was started in place of another', async () => {
  const all = new WorkerMetrics();
  all.setServing(3);
  all.noteRestart();
  all.noteRestart();
  const names = ['latchkey_workers', 'latchkey_worker_restarts_total'];
  expect(await readSamples(all, ...names)).toEqual([[3], [2]]);
});

test('two listeners are told apart, and of each the processes are summed', async () => {
  const all = new WorkerMetrics();
  for (const index of [0, 1]) {
    const metrics = new Metrics();
    countTokens(metrics, 2, 'public');
    countTokens(metrics, 1, 'admin');
    metrics.ofListener('admin').noteDroppedConnection();
    all.note(index, await metrics.snapshot());
  }
  const of = (listener: string) => [
    `latchkey_http_request_duration_seconds_count{listener="${listener}",route="token",method="POST",status="200"}`,
    `latchkey_token_requests_total{listener="${listener}",outcome="issued"}`,
    `latchkey_connections_dropped_total{listener="${listener}"}`,
  ];
  expect(await readSamples(all, ...of('public'))).toEqual([[4], [4], [0]]);
  expect(await readSamples(all, ...of('admin'))).toEqual([[2], [2], [2]]);
});
