/**
 * Starts the slowest suites first, so that none is left over for one worker when the other has nothing to do.
 * Jest itself knows which they are only where it has run before, which a clean checkout has not.
 */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

/** What Jest says of a suite. */
interface Suite {
  path: string;
  context: { config: { rootDir: string } };
}

/** Seconds that suites took, as far as it is worth knowing; the order is all that is made of them. */
const secondsOf = new Map<string, number>(
  Object.entries(
    // Our own file.
    JSON.parse(readFileSync(new URL('./slow-suites.json', import.meta.url), 'utf8')) as Record<
      string,
      number
    >,
  ),
);

// Jest asks for a default export here.
// oxlint-disable-next-line import/no-default-export
export default class SlowFirstSequencer {
  sort(suites: Suite[]): Suite[] {
    const secondsOfSuite = ({ path, context }: Suite) =>
      secondsOf.get(relative(context.config.rootDir, path)) ?? 0;
    return suites.toSorted(
      (one, other) =>
        secondsOfSuite(other) - secondsOfSuite(one) || one.path.localeCompare(other.path),
    );
  }

  /** `--shard`: every so-manieth suite. */
  shard(suites: Suite[], { shardIndex, shardCount }: { shardIndex: number; shardCount: number }) {
    return this.sort(suites).filter((_suite, index) => index % shardCount === shardIndex - 1);
  }

  /** `--onlyFailures` is for who remembers failures. */
  allFailedTests(suites: Suite[]): Suite[] {
    return suites;
  }

  cacheResults(): void {
    // The list is kept by hand.
  }
}
