/** What an instance remembers of a registry and follows it with, put together in this process as compose-memory.ts does. */
import { RegistryFollower } from '../../src/registry-memory/registry-follower.ts';
import { RegistryMemory } from '../../src/registry-memory/registry-memory.ts';
import type { Database } from '../../src/store/database/database.ts';
import { RegistryFeed } from '../../src/store/following/registry-feed.ts';
import type { TokenClientReader } from '../../src/store/records/token-client-reader.ts';

export interface FollowedRegistry {
  memory: RegistryMemory;
  follower: RegistryFollower;
  /** Faults that were none of the database's. */
  errors: unknown[];
}

/** It holds a lease already. */
export async function followRegistry(
  database: Database,
  reader: TokenClientReader,
  catchUpWith: (signingKeysVersion: bigint) => Promise<void> = async () => undefined,
): Promise<FollowedRegistry> {
  const errors: unknown[] = [];
  const onError = (error: unknown) => void errors.push(error);
  const memory = new RegistryMemory({
    reader,
    signingKeys: { catchUpWith, outdate: () => undefined },
    onError,
    idsPerPage: 7,
  });
  const follower = new RegistryFollower({
    feed: new RegistryFeed(database),
    reader: memory,
    clockOffsetMillis: () => 0,
    onError,
    onDatabase: () => undefined,
  });
  memory.followWith(follower);
  await follower.start();
  memory.scanClientIds();
  return { memory, follower, errors };
}
