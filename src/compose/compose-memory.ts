/** What an instance remembers of the registry, and what keeps that true. */
import type { Log } from '../http/log.ts';
import type { Metrics } from '../http/metrics.ts';
import { ReadingTimes } from '../registry-memory/reading-times.ts';
import { RegistryFollower } from '../registry-memory/registry-follower.ts';
import { RegistryMemory } from '../registry-memory/registry-memory.ts';
import { RegistryFeed } from '../store/following/registry-feed.ts';
import type { Registry } from './compose-registry.ts';

export interface MemoryOptions {
  /** Added to the database's clock, so that tests can move it. */
  clockOffsetMillis?: () => number;
  /** False: changes of other instances are found by polls alone, as behind a pooler without sessions. */
  listensForChanges?: boolean;
}

/** What this instance remembers of the registry, and how it follows the changes of others. */
export function composeMemory(
  { database, store, ring }: Registry,
  log: Log,
  metrics: Metrics,
  options: MemoryOptions,
): { memory: RegistryMemory; follower: RegistryFollower; readingTimes: ReadingTimes } {
  const readingTimes = new ReadingTimes();
  const embedded = database.kind === 'embedded';
  const memory = new RegistryMemory({
    reader: store.tokenClients,
    readingTimes,
    signingKeys: ring,
    onError: (error) => log.warn({ err: error }, 'the client_ids could not be read: trying again'),
    // An embedded database runs on our own event loop: short queries.
    idsPerPage: embedded ? 200 : 10_000,
  });
  const follower = new RegistryFollower({
    feed: new RegistryFeed(database, options.listensForChanges ?? true),
    reader: memory,
    readingTimes,
    clockOffsetMillis: options.clockOffsetMillis ?? (() => 0),
    onError: (error) => log.error({ err: error }, 'the registry could not be followed'),
    onDatabase: (up) => {
      metrics.setDatabaseUp(up);
      if (up) log.info('the database answers again');
      else log.warn('the database does not answer: trying again');
    },
  });
  memory.followWith(follower);
  store.follow(follower);
  metrics.setDatabaseUp(true);
  return { memory, follower, readingTimes };
}
