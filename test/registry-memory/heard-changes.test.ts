/** What is heard of a change is applied at once, and is never trusted for more than a poll: S1, L-03. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { RegistryFollower } from '../../src/registry-memory/registry-follower.ts';
import { operatorAtTheMachine } from '../../src/registry/bootstrap.ts';
import { changeChannel, type FeedEvent } from '../../src/store/following/change-notification.ts';
import type { AuditSigner } from '../../src/model/audit-key.ts';
import type { Database } from '../../src/store/database/database.ts';
import {
  RegistryFeed,
  type FeedPoll,
  type FeedPosition,
  type OnChange,
} from '../../src/store/following/registry-feed.ts';
import { changeRegistry, type RegistryChange } from '../../src/store/change/registry-change.ts';
import { beginAuditLog } from '../support/own-audit-log.ts';
import { openOwnDatabase } from '../support/own-database.ts';
import { until } from '../support/until.ts';

const nothing: FeedEvent = { affected: [], clientIds: [] };

/** A feed whose polls can be kept waiting before they are sent, or before they are answered. */
class HeldFeed extends RegistryFeed {
  readonly positions: FeedPosition[] = [];
  #underWay = 0;
  #question = Promise.withResolvers<void>();
  #answer = Promise.withResolvers<void>();

  constructor(database: Database) {
    super(database);
    this.release();
  }

  hold(): void {
    this.#question = Promise.withResolvers();
  }

  holdAnswers(): void {
    this.#answer = Promise.withResolvers();
  }

  /** Resolves when no poll is under way. */
  async isQuiet(): Promise<void> {
    while (this.#underWay > 0) await sleep(5);
  }

  release(): void {
    this.#question.resolve();
    this.#answer.resolve();
  }

  override async poll(position: FeedPosition, onChange: OnChange): Promise<FeedPoll> {
    await this.#question.promise;
    this.positions.push(position);
    this.#underWay += 1;
    try {
      const poll = await super.poll(position, onChange);
      await this.#answer.promise;
      return poll;
    } finally {
      this.#underWay -= 1;
    }
  }
}

let database: Database;
let signer: AuditSigner;
let feed: HeldFeed;
let follower: RegistryFollower;
let forgotten: { events: readonly FeedEvent[] | undefined; version: bigint }[];
let errors: unknown[];

beforeAll(async () => {
  database = await openOwnDatabase();
  signer = (await beginAuditLog(database)).ring;
});
afterAll(() => database.close());
beforeEach(async () => {
  forgotten = [];
  errors = [];
  feed = new HeldFeed(database);
  follower = new RegistryFollower({
    feed,
    reader: {
      catchUpWithKeys: async () => undefined,
      startAnew: () => undefined,
      forget: (events, version) => void forgotten.push({ events, version }),
    },
    clockOffsetMillis: () => 0,
    onError: (error) => void errors.push(error),
    onDatabase: () => undefined,
  });
  await follower.start();
  feed.hold();
  await feed.isQuiet();
  forgotten = [];
});
afterEach(async () => {
  feed.release();
  await follower.stop();
  expect(errors).toEqual([]);
});

async function say(change: { version: bigint; event: FeedEvent | null } | string): Promise<void> {
  const payload =
    typeof change === 'string'
      ? change
      : JSON.stringify({ ...change, version: change.version.toString() });
  await database.pool.query('SELECT pg_notify($1, $2)', [changeChannel, payload]);
}

/** Resolves when all that was said before has been heard. */
async function untilHeard(): Promise<void> {
  const version = follower.version + 1n;
  await say({ version, event: nothing });
  await until(() => follower.version === version, 'the change was heard of');
}

/** A change as every road to the registry makes it. */
async function change(how: (registry: RegistryChange) => void): Promise<bigint> {
  const { version } = await changeRegistry(
    database.dataSource,
    operatorAtTheMachine,
    { clockOffsetMillis: () => 0, signer },
    async (registry) => {
      how(registry);
      registry.audit({
        action: 'client.updated',
        targetType: 'client',
        targetId: 'client_heard',
        organizationId: null,
        details: {},
      });
    },
  );
  if (version === undefined) throw new Error('nothing was changed');
  return version;
}

const touchHeard = (registry: RegistryChange) => registry.affects('client_heard');

test('the very next change is applied before it was read, and then read as well', async () => {
  const before = follower.version;
  const version = await change(touchHeard);
  await until(() => follower.version === version, 'the change was heard of');
  const events = [{ affected: ['client_heard'], clientIds: [] }];
  expect(forgotten).toEqual([{ events, version }]);

  // The next question tells that it was applied, and asks for it all the same.
  const asked = feed.positions.length;
  feed.release();
  await until(() => feed.positions.length > asked + 1, 'it asked twice');
  expect(feed.positions[asked]).toEqual({ applied: version, read: before });
  expect(feed.positions.at(-1)).toEqual({ applied: version, read: version });
  expect(forgotten).toEqual([
    { events, version },
    { events, version },
  ]);
});

test('the answer to an earlier question takes nothing back', async () => {
  feed.release();
  await feed.isQuiet();
  feed.holdAnswers();
  const asked = feed.positions.length;
  await until(() => feed.positions.length > asked, 'it asked');
  await sleep(50);
  const last = feed.positions.length;
  const version = await change(touchHeard);
  await until(() => follower.version === version, 'the change was heard of');
  feed.release();
  await until(() => feed.positions.length > last, 'it asked again');
  expect(feed.positions[last]).toEqual({ applied: version, read: version - 1n });
});

test('several in a row are applied in turn', async () => {
  for (let count = 0; count < 5; count += 1) await change(touchHeard);
  await until(() => forgotten.length === 5, 'five changes were heard of');
  expect(forgotten.map(({ version }) => version)).toEqual(
    [4n, 3n, 2n, 1n, 0n].map((back) => follower.version - back),
  );
});

test.each<[string, (registry: RegistryChange) => void]>([
  ['signing keys change', (registry) => registry.touchSigningKeys()],
  ['everything is cut off', (registry) => registry.cutOffEverything()],
  [
    'more is affected than is told',
    (registry) => {
      for (let record = 0; record < 51; record += 1) registry.affects(`client_${record}`);
    },
  ],
])('where %s, it must be read', async (_what, how) => {
  const before = follower.version;
  const version = await change(how);
  // After it nothing counts that is only heard, either.
  await change(touchHeard);
  await sleep(200);
  expect(follower.version).toBe(before);
  expect(forgotten).toEqual([]);
  feed.release();
  await until(() => follower.version === version + 1n, 'both changes were read');
});

// A broken or foreign notification is worth a poll, and nothing more.
test.each<[string, (next: bigint) => Parameters<typeof say>[0]]>([
  ['a change after one that was missed', (next) => ({ version: next + 1n, event: nothing })],
  ['a change that is applied already', (next) => ({ version: next - 1n, event: nothing })],
  ['a change without what it affects', (next) => ({ version: next, event: null })],
  ['a number, as from an older release', (next) => next.toString()],
  ['no JSON', () => 'hello'],
  ['an empty word', () => ''],
  ['an object of another shape', (next) => `{"version":${next},"event":{"affected":"x"}}`],
])('is not applied by hearing: %s', async (_what, payload) => {
  const before = follower.version;
  await say(payload(before + 1n));
  await untilHeard();
  expect(forgotten).toEqual([{ events: [nothing], version: before + 1n }]);
});

test('what was heard and never happened is set right by the next poll', async () => {
  await untilHeard();
  const version = await change(touchHeard);
  await sleep(200);
  forgotten = [];
  feed.release();
  // The number was taken already, but this is read whatever was heard.
  await until(() => forgotten.length > 0, 'the change was read');
  expect(forgotten[0]).toEqual({
    events: [{ affected: ['client_heard'], clientIds: [] }],
    version,
  });
});

test('without a lease nothing is applied', async () => {
  const before = follower.version;
  await until(() => !follower.isLeased, 'the lease ran out');
  await change(touchHeard);
  await sleep(200);
  expect(follower.version).toBe(before);
  expect(forgotten).toEqual([]);
});
