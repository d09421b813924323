/** Changes are obeyed by every instance from the moment they are acknowledged (S1). */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import type { Instance } from '../support/instances.ts';
import { useObedienceTrial } from '../support/obedience-trial.ts';
import { rightsOf, type Subject } from '../support/registry-changes.ts';
import { takings } from '../support/takings.ts';
import { readToken } from '../support/token-load.ts';

const rounds = Number(process.env['LATCHKEY_TEST_FAULT_ROUNDS'] ?? '6');
const changesPerRound = 10;
const revocationCycles = Math.ceil(rounds / 6);
/** Of the tokens that came last. */
const lookedAtAgainMax = 20;
const overlapSeconds = 1;
/** The instance's idea of the database's clock is as old as an answer takes. */
const clockMillisMax = 300;
const millisPerRound = 10_000;
const millisToBegin = 60_000;

const { instances, trial } = useObedienceTrial();

describe('with token requests on three instances, and changes on any of them', () => {
  // S1, F-30, F-34, A-50, A-52
  test(
    'nothing is issued against a change once it is acknowledged',
    async () => {
      await trial().expectObeyed('all is well', instances().all, () =>
        trial().changeAllTheTime(rounds * changesPerRound, 4),
      );
    },
    millisToBegin + rounds * millisPerRound,
  );

  // F-31
  test(
    'the same when no instance is told, and all have to look',
    async () => {
      for (const { proxy } of instances().all) proxy?.fail({ dropsNotifications: true });
      await trial().expectObeyed('notifications cut', instances().all, () =>
        trial().changeAllTheTime((rounds * changesPerRound) / 2, 8),
      );
    },
    millisToBegin + rounds * millisPerRound,
  );

  // F-34
  test('a credential ends with its overlap on every instance, with nothing more to hear of', async () => {
    await trial().expectObeyed('overlap', instances().all, async () => {
      const { changes, load } = trial();
      const old = await changes.register();
      const { successor, endsAt } = await changes.regenerate(old, overlapSeconds);
      const expectStatus = async (oldStatus: number, isStill: () => boolean) => {
        for (const instance of instances().all) {
          const { status } = await load.ask(instance, old.read);
          if (isStill()) expect(status).toBe(oldStatus);
          expect((await load.ask(instance, successor.read)).status).toBe(200);
        }
      };
      while (Date.now() < endsAt) {
        await expectStatus(200, () => Date.now() < endsAt);
        await sleep(50);
      }
      await sleep(endsAt + clockMillisMax - Date.now());
      for (let again = 0; again < 5; again += 1) await expectStatus(401, () => true);
    });
  });
});

describe('tokens issued while their right is taken away', () => {
  /** Every token for the subject's rights, asked for on all instances until it is over. */
  async function collectTokens(subject: Subject, signal: AbortSignal): Promise<string[]> {
    const tokens: string[] = [];
    const askAllTheTime = async (instance: Instance) => {
      while (!signal.aborted) {
        for (const right of rightsOf(subject)) {
          const answer = await trial().load.ask(instance, right);
          if (answer.status === 200) tokens.push(readToken(answer));
          await sleep(2);
        }
      }
    };
    await Promise.all([...instances().all, ...instances().all].map(askAllTheTime));
    return tokens;
  }

  const ways = ['deactivation', 'deletion', 'secretRevocation', 'regeneration'] as const;

  // S1, F-30
  test.each(ways)(
    'are inactive on every instance from its acknowledgement on: %s',
    async (way) => {
      const { changes } = trial();
      const take = takings[way];
      await trial().expectObeyed(way, [], async () => {
        for (let cycle = 0; cycle < revocationCycles; cycle += 1) {
          const subject = await changes.register();
          const over = new AbortController();
          const collecting = collectTokens(subject, over.signal);
          await sleep(20 + Math.random() * 20);
          const giveBack = await take(changes, subject);
          over.abort();
          const tokens = await collecting;
          expect(tokens.length).toBeGreaterThan(0);
          expect(await changes.countActive(tokens)).toBe(0);
          const again = await giveBack();
          // What was out stays out; what is new is in.
          expect(await changes.countActive(tokens.slice(-lookedAtAgainMax))).toBe(0);
          const [instance] = instances().all;
          const answer = instance && (await trial().load.ask(instance, again.read));
          expect(await changes.countActive(answer ? [readToken(answer)] : [])).toBe(3);
        }
      });
    },
    millisToBegin + revocationCycles * millisPerRound,
  );
});
