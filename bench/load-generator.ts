/**
 * The load generator, a process of its own: autocannon on keep-alive connections, each request with the
 * credentials of a client drawn at random. Does what one message asks for, and answers with what it saw.
 */
import autocannon from 'autocannon';
import { randomInt } from 'node:crypto';
import { requestBody, requestContentType, tokenPath } from './load-profile.ts';
import { percentile } from './percentile.ts';
import { sampleAuthorization } from './sample-credential.ts';
import { askForEveryClient, type Roll } from './roll-call.ts';

export interface Load {
  kind: 'load';
  /** Of the servers that share the load. */
  urls: readonly string[];
  /** undefined: as many as they answer. */
  tokensPerSecond?: number | undefined;
  seconds: number;
  connections: number;
  /** Clients are drawn from the first so many. */
  clientCount: number;
}

export interface LoadResult {
  /** Answers with status 2xx. */
  tokens: number;
  /** Answers with any other status, by status. */
  refusals: Record<string, number>;
  /** Broken connections and timeouts. */
  errors: number;
  tokensPerSecond: number;
  p50Millis: number;
  p99Millis: number;
  /** From the first answer to the last, in microseconds, and what this process used of it. */
  elapsedMicros: number;
  cpuMicros: number;
  /** The same with what it took to build the requests. */
  totalCpuMicros: number;
}

/** Requests are built before the load starts: 32 connections hold 65,536 draws. */
const drawsPerConnection = 2_048;

async function runLoad({
  urls,
  tokensPerSecond,
  seconds,
  connections,
  clientCount,
}: Load): Promise<LoadResult> {
  const durations: number[] = [];
  const started = new Set<autocannon.Client>();
  let firstAnswerAt = 0;
  let lastAnswerAt = 0;
  const cpuBeforeLoad = process.cpuUsage();
  let cpuAtFirstAnswer = cpuBeforeLoad;
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const instance = autocannon(
      {
        // The published type knows of one alone.
        url: urls.map(
          (url) => url.replace('localhost', '127.0.0.1') + tokenPath,
        ) as unknown as string,
        ...(tokensPerSecond === undefined ? {} : { overallRate: tokensPerSecond }),
        method: 'POST',
        body: requestBody,
        connections,
        duration: seconds,
        // The load ends at the first sample after its duration.
        sampleInt: 50,
        setupClient: (client) => client.setRequests(drawRequests(clientCount)),
      },
      // The published type says any.
      (error: Error | null, result) => (error ? reject(error) : resolve(result)),
    );
    instance.on('response', (client, _status, _bytes, millis) => {
      // The first request of a connection waited until those of all others were built.
      if (!started.has(client)) {
        started.add(client);
        return;
      }
      lastAnswerAt = performance.now();
      if (durations.length === 0) {
        firstAnswerAt = lastAnswerAt;
        cpuAtFirstAnswer = process.cpuUsage();
      }
      durations.push(millis);
    });
  });
  const cpuMicrosSince = (start: NodeJS.CpuUsage) => {
    const { user, system } = process.cpuUsage(start);
    return user + system;
  };
  const cpuMicros = cpuMicrosSince(cpuAtFirstAnswer);
  const totalCpuMicros = cpuMicrosSince(cpuBeforeLoad);
  // autocannon's own percentiles are whole milliseconds.
  durations.sort((one, other) => one - other);
  return {
    tokens: result['2xx'],
    refusals: countRefusals(result),
    errors: result.errors,
    tokensPerSecond: (durations.length - 1) / ((lastAnswerAt - firstAnswerAt) / 1000),
    p50Millis: percentile(durations, 0.5),
    p99Millis: percentile(durations, 0.99),
    elapsedMicros: (lastAnswerAt - firstAnswerAt) * 1000,
    cpuMicros,
    totalCpuMicros,
  };
}

function countRefusals(result: autocannon.Result): Record<string, number> {
  const statuses = Object.entries(result.statusCodeStats ?? {});
  return Object.fromEntries(
    statuses
      .filter(([status]) => !status.startsWith('2'))
      .map(([status, { count = 0 }]) => [status, count]),
  );
}

function drawRequests(clientCount: number): autocannon.Request[] {
  const draws = clientCount === 1 ? 1 : drawsPerConnection;
  return Array.from({ length: draws }, () => ({
    headers: {
      authorization: authorizationOf(randomInt(clientCount)),
      'content-type': requestContentType,
    },
  }));
}

const authorizations = new Map<number, string>();

function authorizationOf(index: number): string {
  const known = authorizations.get(index) ?? sampleAuthorization(index);
  authorizations.set(index, known);
  return known;
}

process.on('message', (message: Load | Roll) => {
  const answer = message.kind === 'load' ? runLoad(message) : askForEveryClient(message);
  void answer.then((result) => process.send?.(result));
});
process.once('disconnect', () => process.exit(0));
