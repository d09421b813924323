/**
 * Counts requests as Prometheus wants them: a histogram of their durations, and token requests by outcome.
 * Adding to prom-client's own for every request would cost a microsecond; it is handed the sums when
 * somebody asks. Labels are names of ours, never input.
 */
import type { Registry } from 'prom-client';
import type { Exchange } from './exchange.ts';
import type { Answer } from './log.ts';

/** What another process adds to what it has counted itself. */
export type MetricsSnapshot = Awaited<ReturnType<Registry['getMetricsAsJSON']>>;

const durationName = 'latchkey_http_request_duration_seconds';
/** Upper ends, in seconds; above them all is one bucket more. */
const bucketEnds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
const knownMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** The published type knows no name of a part of a metric. */
type Sample = MetricsSnapshot[number]['values'][number] & { metricName: string };

interface DurationTally {
  readonly status: number | undefined;
  readonly labels: { route: string; method: string; status: string } & OwnLabels;
  /** Requests by bucket, each in the lowest one it fits in. */
  readonly buckets: number[];
  seconds: number;
}

/** What every sample of a tally has. An alias, because an interface is no record of labels. */
type OwnLabels = { listener?: string };

export class RequestTally {
  readonly #ownLabels: OwnLabels;
  /** By route, and there by method and status. */
  readonly #durations = new Map<string, Map<string, DurationTally>>();
  readonly #tokenRequests = new Map<string, number>();
  /** The one that was added to last: most requests are like the one before. */
  #last: DurationTally | undefined;

  constructor(ownLabels: OwnLabels = {}) {
    this.#ownLabels = ownLabels;
  }

  add({ route, outcome }: Exchange, { method, status, millis }: Answer): void {
    const seconds = millis / 1000;
    const tally = this.#tallyOf(route, methodLabel(method), status);
    tally.seconds += seconds;
    let bucket = 0;
    while (seconds > (bucketEnds[bucket] ?? Number.POSITIVE_INFINITY)) bucket += 1;
    tally.buckets[bucket] = (tally.buckets[bucket] ?? 0) + 1;
    if (route !== 'token' || outcome === undefined) return;
    this.#tokenRequests.set(outcome, (this.#tokenRequests.get(outcome) ?? 0) + 1);
  }

  #tallyOf(route: string, method: string, status: number | undefined): DurationTally {
    const last = this.#last;
    const isLikeLast =
      last !== undefined &&
      last.status === status &&
      last.labels.route === route &&
      last.labels.method === method;
    if (isLikeLast) return last;
    let ofRoute = this.#durations.get(route);
    if (ofRoute === undefined) this.#durations.set(route, (ofRoute = new Map()));
    const key = method + (status ?? 'none');
    let tally = ofRoute.get(key);
    if (tally === undefined) {
      const labels = { ...this.#ownLabels, route, method, status: String(status ?? 'none') };
      tally = { status, labels, buckets: [...bucketEnds, 0].fill(0), seconds: 0 };
      ofRoute.set(key, tally);
    }
    this.#last = tally;
    return tally;
  }

  /** As prom-client's own counters and histograms describe themselves. */
  snapshot(): MetricsSnapshot {
    return [
      {
        name: durationName,
        help: 'Time from the head of a request to the end of its answer',
        type: typeName('histogram'),
        aggregator: 'sum',
        collect: nothing,
        values: [...this.#durations.values()].flatMap((ofRoute) =>
          [...ofRoute.values()].flatMap(describeDurations),
        ),
      },
      {
        name: 'latchkey_token_requests_total',
        help: 'Requests at the token endpoint by outcome: issued, or the OAuth error code',
        type: typeName('counter'),
        aggregator: 'sum',
        collect: nothing,
        values: [...this.#tokenRequests].map(([outcome, value]) => ({
          labels: { ...this.#ownLabels, outcome },
          value,
        })),
      },
    ];
  }
}

function nothing(): void {}

/** The published types say numbers where there are names. */
function typeName(name: 'counter' | 'histogram'): MetricsSnapshot[number]['type'] {
  return name as unknown as MetricsSnapshot[number]['type'];
}

/** Prometheus counts each request in every bucket it fits in. */
function describeDurations({ labels, buckets, seconds }: DurationTally): Sample[] {
  let count = 0;
  const samples = buckets.map((requests, bucket): Sample => {
    count += requests;
    const le = bucketEnds[bucket] ?? '+Inf';
    return { metricName: `${durationName}_bucket`, labels: { le, ...labels }, value: count };
  });
  samples.push({ metricName: `${durationName}_sum`, labels, value: seconds });
  samples.push({ metricName: `${durationName}_count`, labels, value: count });
  return samples;
}

/** The method as a label: whatever a stranger invents counts as one. */
function methodLabel(method: string | undefined): string {
  return method !== undefined && knownMethods.has(method) ? method : 'other';
}
