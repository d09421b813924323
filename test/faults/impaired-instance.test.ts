/** One instance is frozen, slow, cut off or killed: changes are acknowledged without it, and it obeys them (S1, S7). */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import type { DatabaseProxy } from '../support/database-proxy.ts';
import type { Instance } from '../support/instances.ts';
import { IntrospectionLoad, type IssuedToken } from '../support/introspection-load.ts';
import { underWayMillisMax, useObedienceTrial } from '../support/obedience-trial.ts';
import { rightsOf, type Subject } from '../support/registry-changes.ts';
import { takings } from '../support/takings.ts';
import { readToken, type TokenAnswer } from '../support/token-load.ts';
import { isActive } from '../oauth/token-questions.ts';

/** In each, something is taken away in every way there is, each time from a client of its own. */
const cycles = Math.ceil(Number(process.env['LATCHKEY_TEST_FAULT_ROUNDS'] ?? '6') / 6);
const secondsPerCycleMax = 90;
const knowledgeMillisMax = 1_000;
const answerMillisMax = 3_000;
const pollMillis = 250;
const introspectionPauseMillis = 20;
/** The ways to take something away that make the tokens issued before inactive. */
const revokingWays: readonly string[] = [
  'deactivation',
  'deletion',
  'secretRevocation',
  'regeneration',
];

const { instances, trial } = useObedienceTrial();

/** A token of each subject whose tokens will be inactive, known to the instance as an active one. */
async function issueRevocable(
  instance: Instance,
  subjects: readonly Subject[],
  introspection: IntrospectionLoad,
): Promise<IssuedToken[]> {
  const revoked = subjects.filter((_, way) =>
    revokingWays.includes(Object.keys(takings)[way] ?? ''),
  );
  return Promise.all(
    revoked.map(async ({ read: right }) => {
      const issued = { right, token: readToken(await trial().load.ask(instance, right)) };
      expect(await introspection.ask(issued)).toMatchObject({ status: 200, isActive: true });
      return issued;
    }),
  );
}

async function repeat(times: number, work: (time: number) => Promise<void>): Promise<void> {
  for (let time = 0; time < times; time += 1) await work(time);
}

describe('an instance whose database answers late', () => {
  // F-05
  test(
    'knows how old its knowledge is, counted from when it asked',
    async () => {
      const { impaired, proxy, well } = trial().impair(1);
      trial().changes.asked = instances().all;
      const answerMillis = 550;
      const betweenPolls = answerMillis + pollMillis;
      await trial().expectObeyed('late answers', well, () =>
        repeat(cycles, async () => {
          const sets = [await trial().registerSubjects(), await trial().registerSubjects()];
          await trial().askUntilIssued(impaired, sets.flat().flatMap(rightsOf));
          proxy.fail({ dropsNotifications: true, answerDelay: { millis: answerMillis } });
          // It remembers them all, and has nothing to do now but to look from time to time.
          await sleep(betweenPolls);
          // Spread over the time between two looks: only soon after one is a change seen late.
          const pause = betweenPolls / Object.keys(takings).length;
          const givingBack = await Promise.all(
            sets.map(async (subjects, index) => {
              await sleep((index * pause) / sets.length);
              return trial().takeEverything(subjects, pause);
            }),
          );
          proxy.heal();
          await trial().expectRecovery(impaired);
          for (const giveBack of givingBack.flat()) await giveBack();
        }),
      );
    },
    cycles * secondsPerCycleMax * 1_000,
  );

  // S1
  test(
    'does not go by what it asked before a change, and is told after it',
    async () => {
      const { impaired, proxy, well } = trial().impair(1);
      trial().changes.asked = instances().all;
      const admin = instances().admin(impaired);
      await trial().expectObeyed('overtaken answers', well, () =>
        repeat(cycles, async () => {
          const subjects = await trial().registerSubjects();
          // Enough connections, since a new one would take too long.
          await Promise.all(Array.from({ length: 10 }, () => admin.request('/clients')));
          proxy.fail({ answerDelay: { millis: 150, spares: 'poll-feed' } });
          const asked = subjects
            .flatMap(rightsOf)
            .map((right) => trial().load.ask(impaired, right));
          const givingBack = await trial().takeEverything(subjects);
          proxy.heal();
          await Promise.all(asked);
          await trial().expectRecovery(impaired);
          for (const giveBack of givingBack) await giveBack();
        }),
      );
    },
    cycles * secondsPerCycleMax * 1_000,
  );
});

/** When the frozen instance goes on. */
const thaws = ['after the last answer', 'at the first answer', 'before any answer'] as const;

describe('an instance that is frozen', () => {
  /** Requests wait in its sockets: some from before the changes, some from after their acknowledgement. */
  async function freezeOnce(frozen: Instance, thaw: (typeof thaws)[number]): Promise<void> {
    const subjects = await trial().registerSubjects();
    const rights = subjects.flatMap(rightsOf);
    await trial().askUntilIssued(frozen, rights);
    const introspection = new IntrospectionLoad(frozen, trial().changes.resourceServer);
    const issued = await issueRevocable(frozen, subjects, introspection);
    frozen.freeze();
    const waiting = rights.map((right) => trial().load.ask(frozen, right));
    const asking = issued.map((one) => introspection.ask(one));
    const takingAll = trial().takeEverything(subjects);
    if (thaw === 'before any answer') await sleep(300);
    if (thaw === 'at the first answer') while (!rights.some(({ taken }) => taken)) await sleep(1);
    if (thaw !== 'after the last answer') frozen.thaw();
    const givingBack = await takingAll;
    const taken = rights.filter((right) => right.taken);
    waiting.push(...taken.map((right) => trial().load.ask(frozen, right)));
    asking.push(...issued.map((one) => introspection.ask(one)));
    frozen.thaw();
    const answers = await Promise.all(waiting);
    if (thaw === 'after the last answer') {
      // One scope of one client was not taken away.
      const granted = answers.filter(({ status }) => status === 200);
      expect(granted.length).toBeLessThanOrEqual(1);
      // Also of what was asked before: all of it was answered after the last change.
      expect((await Promise.all(asking)).filter(({ isActive }) => isActive)).toEqual([]);
    }
    await Promise.all(asking);
    await introspection.stop();
    expect([...introspection.violations, ...introspection.unexpected]).toEqual([]);
    await trial().expectRecovery(frozen);
    for (const giveBack of givingBack) await giveBack();
  }

  // S1, F-37
  test.each(thaws)(
    'issues nothing and calls no token active against changes acknowledged meanwhile, when it goes on %s',
    async (thaw) => {
      const { impaired, well } = trial().impair(0);
      await trial().expectObeyed(`frozen until ${thaw}`, well, () =>
        repeat(Math.ceil(cycles / 2), () => freezeOnce(impaired, thaw)),
      );
    },
    cycles * secondsPerCycleMax * 1_000,
  );
});

describe('an instance that lost the database', () => {
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

  // S1, S7, F-32; F-37: who asks about tokens is told 503 rather than what was true before
  test.each(faults)(
    'issues nothing and calls no token active on old knowledge, answers in time, and comes back by itself: $name',
    async ({ name, lose }) => {
      const { impaired, proxy } = trial().impair(2);
      trial().changes.asked = instances().all;
      const answers: TokenAnswer[] = [];
      trial().load.onAnswer = (instance, answer) => {
        if (instance === impaired) answers.push(answer);
      };
      const introspection = new IntrospectionLoad(impaired, trial().changes.resourceServer);
      let lostAt = 0;
      let healedAt = 0;
      const busyMillis = await trial().expectObeyed(name, instances().all, async () => {
        const subjects = await trial().registerSubjects();
        await trial().askUntilIssued(impaired, subjects.flatMap(rightsOf));
        const issued = await issueRevocable(impaired, subjects, introspection);
        introspection.start(issued, introspectionPauseMillis);
        lose(proxy);
        lostAt = performance.now();
        const givingBack = await trial().takeEverything(subjects);
        // Long enough for whatever it still waits for to be given up.
        await sleep(2_500 - (performance.now() - lostAt));
        for (const path of ['/.well-known/jwks.json', '/.well-known/oauth-authorization-server']) {
          expect((await fetch(impaired.address.issuer + path)).status).toBe(200);
        }
        healedAt = performance.now();
        proxy.heal();
        await trial().expectRecovery(impaired);
        await introspection.stop();
        for (const giveBack of givingBack) await giveBack();
      });
      const isOnOldKnowledge = ({ arrivedAt }: { arrivedAt: number }) =>
        arrivedAt > lostAt + knowledgeMillisMax + underWayMillisMax + busyMillis &&
        arrivedAt < healedAt;
      const issuedOnOldKnowledge = answers.filter(
        (answer) => answer.status === 200 && isOnOldKnowledge(answer),
      );
      expect(issuedOnOldKnowledge).toEqual([]);
      expect(introspection.violations).toEqual([]);
      expect(introspection.unexpected).toEqual([]);
      const calledActive = introspection.answers.filter(({ isActive }) => isActive);
      expect(calledActive.filter(isOnOldKnowledge)).toEqual([]);
      for (const all of [answers, introspection.answers]) {
        const meanwhile = all.filter(({ sentAt }) => sentAt > lostAt && sentAt < healedAt);
        expect(meanwhile.map(({ status }) => status)).toContain(503);
        const slowest = Math.max(...meanwhile.map(({ sentAt, arrivedAt }) => arrivedAt - sentAt));
        expect(slowest).toBeLessThan(answerMillisMax + busyMillis);
      }
    },
  );
});

// F-35
test('an instance that is killed takes nothing back that it acknowledged, and holds up nobody', async () => {
  const { impaired: killed, well } = trial().impair(0);
  await trial().expectObeyed('killed', well, async () => {
    const subjects = await trial().registerSubjects();
    const own = await trial().changes.register();
    const token = readToken(await trial().load.ask(killed, own.read));
    trial().changes.senders = [killed];
    const givingBack = await trial().takeEverything(subjects);
    const revocation = { method: 'POST', body: { token } };
    expect((await instances().admin(killed).request('/revocations', revocation)).status).toBe(200);
    await killed.server.kill();
    for (const { address } of well) {
      expect(await isActive(address, own.credential, token)).toBe(false);
    }
    trial().changes.senders = well;
    const rights = subjects.flatMap(rightsOf).filter(({ taken }) => taken);
    for (const instance of well)
      for (const right of rights) await trial().load.ask(instance, right);
    const others = await trial().registerSubjects();
    givingBack.push(...(await trial().takeEverything(others)));
    await killed.start();
    await trial().expectRecovery(killed);
    expect(await isActive(killed.address, own.credential, token)).toBe(false);
    rights.push(...others.flatMap(rightsOf).filter(({ taken }) => taken));
    for (const right of rights) await trial().load.ask(killed, right);
    for (const giveBack of givingBack) await giveBack();
  });
});
