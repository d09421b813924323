/** Changes are obeyed by every instance from the moment they are acknowledged (S1), whatever happens to its connections. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { DatabaseProxy } from '../support/database-proxy.ts';
import { Instances, type Instance } from '../support/instances.ts';
import { whileProbing } from '../support/machine-probe.ts';
import { RegistryChanges, rightsOf, takings, type Subject } from '../support/registry-changes.ts';
import { killServersLeft } from '../support/server-process.ts';
import { TokenLoad, type Right, type TokenAnswer } from '../support/token-load.ts';

const rounds = Number(process.env['LATCHKEY_TEST_FAULT_ROUNDS'] ?? '12');
const changesPerRound = 10;
/** Each stops an instance, and takes something away from a client of its own in every way there is. */
const freezes = Math.ceil(rounds / 4);
const acknowledgementMillisMax = 1_200;
const adoptionMillisMax = 1_000;
const knowledgeMillisMax = 1_000;
const answerMillisMax = 3_000;
const recoveryMillisMax = 3_000;
/** Between the signature of a token and its arrival here; a busy machine adds to it. */
const underWayMillisMax = 50;

let instances: Instances;
let load: TokenLoad;
let changes: RegistryChanges;
let steady: Right[];

beforeAll(async () => {
  instances = await Instances.start({ count: 3, proxied: true });
});
afterAll(async () => {
  await instances.stop();
  await killServersLeft();
});

beforeEach(async () => {
  load = new TokenLoad(instances.all, 64);
  changes = await RegistryChanges.begin(instances, load);
  steady = [];
  for (let client = 0; client < 4; client += 1) {
    steady.push(...rightsOf(await changes.register(true)));
  }
});
afterEach(async () => {
  for (const instance of instances.all) {
    instance.proxy?.heal();
    instance.thaw();
  }
  await load.stop();
  load.close();
});

/** Runs `work` under token load on `loaded`, and expects every instance that is well to obey. */
async function expectObeyed(
  name: string,
  loaded: readonly Instance[],
  work: () => Promise<void>,
): Promise<number> {
  const { busyMillis } = await whileProbing(probesOf(changes.senders), async () => {
    load.start(loaded, 2, 4);
    await work();
    await load.stop();
  });
  const lags = load.late.map(({ lagMillis }) => lagMillis);
  process.stdout.write(
    `obedience, ${name}: ${changes.count} changes; taking away ${describeMillis(changes.takingMillis)}; ` +
      `giving ${describeMillis(changes.givingMillis)}; elsewhere after ${describeMillis(changes.adoptionMillis)}; ` +
      `${load.tokens} tokens, ${load.refusals} refusals; ${lags.length} tokens under way at an answer, ` +
      `${describeMillis(lags)}; busy ${busyMillis.toFixed(0)} ms\n`,
  );
  expect(load.violations).toEqual([]);
  expect(load.unexpected).toEqual([]);
  const versions = await changes.readVersions();
  const issuedAfter = load.late.filter(
    ({ requestId, registryVersion, lagMillis }) =>
      registryVersion >= (versions.get(requestId) ?? 0n) ||
      lagMillis > underWayMillisMax + busyMillis,
  );
  expect(issuedAfter).toEqual([]);
  expect(Math.max(...changes.takingMillis, ...changes.givingMillis)).toBeLessThan(
    acknowledgementMillisMax + busyMillis,
  );
  // S1b
  expect(Math.max(...changes.adoptionMillis)).toBeLessThan(adoptionMillisMax + busyMillis);
  return busyMillis;
}

function probesOf(asked: readonly Instance[]): (() => Promise<unknown>)[] {
  return asked.map((instance) => {
    const connections = instance.connect(1);
    return () => connections.send({ path: '/health/live' });
  });
}

/** The middle, nearly all, and the slowest. */
function describeMillis(millis: readonly number[]): string {
  const sorted = millis.toSorted((a, b) => a - b);
  const at = (part: number) => sorted[Math.floor((sorted.length - 1) * part)]?.toFixed(1) ?? '-';
  return `p50 ${at(0.5)} p99 ${at(0.99)} max ${at(1)} ms`;
}

/** The instance that something is done to, which may say 503 from now on, and those that changes are sent to. */
function impair(index: number): { impaired: Instance; proxy: DatabaseProxy; well: Instance[] } {
  const impaired = instances.all[index % instances.all.length];
  if (impaired?.proxy === undefined) throw new Error('there are three instances, each with a proxy');
  const well = instances.all.filter((instance) => instance !== impaired);
  load.impaired.add(impaired);
  changes.senders = well;
  changes.asked = well;
  return { impaired, proxy: impaired.proxy, well };
}

async function expectRecovery(impaired: Instance, busyMillis: number): Promise<void> {
  const startedAt = performance.now();
  for (const right of steady) {
    while ((await load.ask(impaired, right)).status !== 200) {
      expect(performance.now() - startedAt).toBeLessThan(recoveryMillisMax + busyMillis);
      await sleep(20);
    }
  }
  load.impaired.delete(impaired);
}

/** One client for each way to take something away from it. */
function registerSubjects(): Promise<Subject[]> {
  return Promise.all(Object.keys(takings).map(() => changes.register()));
}

/** All ways at once; resolves with what gives everything back. */
function takeEverything(subjects: readonly Subject[]) {
  return Promise.all(
    Object.values(takings).map((take, index) => {
      const subject = subjects[index];
      if (subject === undefined) throw new Error('there is a subject for every way');
      return take(changes, subject);
    }),
  );
}

describe('with token requests on three instances, and changes on any of them', () => {
  // S1, F-30, F-34
  test('nothing is issued against a change once it is acknowledged', async () => {
    await expectObeyed('all is well', instances.all, () =>
      changes.run(rounds * changesPerRound, 4),
    );
  });

  // F-31
  test('the same when no instance is told, and all have to look', async () => {
    for (const { proxy } of instances.all) proxy?.fail({ dropsNotifications: true });
    await expectObeyed('notifications cut', instances.all, () =>
      changes.run((rounds * changesPerRound) / 2, 8),
    );
  });

  // F-05
  test('the same when an instance hears late, and knows only how old its knowledge is', async () => {
    const { proxy, well } = impair(1);
    changes.asked = instances.all;
    proxy.fail({ dropsNotifications: true, answerDelayMillis: 550 });
    await expectObeyed('slow answers', well, () => changes.run(rounds * changesPerRound / 3, 8));
  });
});

/** When the frozen instance goes on. */
type Thaw = 'before any answer' | 'at the first answer' | 'after the last answer';
const thaws: Thaw[] = ['after the last answer', 'at the first answer', 'before any answer'];

describe('with one instance frozen', () => {
  /** Requests wait in its sockets: some from before the changes, some from after their acknowledgement. */
  async function freezeOnce(freeze: number): Promise<void> {
    const { impaired: frozen } = impair(freeze);
    const thaw = thaws[freeze % thaws.length];
    const subjects = await registerSubjects();
    const rights = subjects.flatMap(rightsOf);
    for (const right of rights) expect((await load.ask(frozen, right)).status).toBe(200);
    frozen.freeze();
    const waiting = rights.map((right) => load.ask(frozen, right));
    const takingAll = takeEverything(subjects);
    if (thaw === 'before any answer') await sleep(300);
    if (thaw === 'at the first answer') {
      while (!rights.some(({ taken }) => taken)) await sleep(1);
    }
    if (thaw !== 'after the last answer') frozen.thaw();
    const givingBack = await takingAll;
    const taken = rights.filter((right) => right.taken);
    waiting.push(...taken.map((right) => load.ask(frozen, right)));
    frozen.thaw();
    const answers = await Promise.all(waiting);
    if (thaw === 'after the last answer') {
      // One scope of one client was not taken away.
      const issued = answers.filter(({ status }) => status === 200);
      expect(issued.length).toBeLessThanOrEqual(1);
    }
    await expectRecovery(frozen, 0);
    for (const giveBack of givingBack) await giveBack();
  }

  // S1
  test('changes are acknowledged without it, and when it goes on it issues nothing against them', async () => {
    await expectObeyed('one frozen', [], async () => {
      for (let freeze = 0; freeze < freezes; freeze += 1) await freezeOnce(freeze);
    });
  });
});

describe('with one instance that lost the database', () => {
  const faults: { name: string; lose: (proxy: DatabaseProxy) => void }[] = [
    // F-04
    { name: 'packets lost', lose: (proxy) => proxy.fail({ blackholes: 'everything' }) },
    {
      name: 'connections cut and refused',
      lose(proxy) {
        proxy.fail({ refuses: true });
        proxy.cut();
      },
    },
    {
      name: 'only what it follows changes with is lost',
      lose: (proxy) => proxy.fail({ blackholes: { statement: 'poll-feed' } }),
    },
  ];

  // S1, S7, F-32
  test.each(faults)(
    'changes are acknowledged without it, and it issues nothing on old knowledge: $name',
    async ({ name, lose }) => {
      const { impaired, proxy } = impair(2);
      const answers: TokenAnswer[] = [];
      load.onAnswer = (instance, answer) => {
        if (instance === impaired) answers.push(answer);
      };
      let lostAt = 0;
      const busyMillis = await expectObeyed(name, instances.all, async () => {
        const subjects = await registerSubjects();
        lose(proxy);
        lostAt = performance.now();
        const givingBack = await takeEverything(subjects);
        await sleep(2_500);
        for (const path of ['/.well-known/jwks.json', '/.well-known/oauth-authorization-server']) {
          expect((await fetch(impaired.address.issuer + path)).status).toBe(200);
        }
        proxy.heal();
        await expectRecovery(impaired, 0);
        for (const giveBack of givingBack) await giveBack();
      });
    },
  );
});
