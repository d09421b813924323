/**
 * One trial of S1: token load on several instances, changes that take away and give back, faults done to one
 * of them, and the verdict. The instances need a proxy each, and must trust one.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect } from '@jest/globals';
import type { DatabaseProxy } from './database-proxy.ts';
import { useInstances, type Instance, type Instances } from './instances.ts';
import { whileProbing } from './machine-probe.ts';
import { RegistryChanges, rightsOf, type Subject } from './registry-changes.ts';
import { takings, type GiveBack } from './takings.ts';
import { TokenLoad, type Right } from './token-load.ts';

const acknowledgementMillisMax = 1_200;
const adoptionMillisMax = 1_000;
const recoveryMillisMax = 3_000;
const warmMillisMax = 10_000;
/** A change is several questions to the database, each of which a busy machine delays. */
const delaysPerChange = 12;
/** Between the signature of a token and its arrival here; a busy machine adds to it. */
export const underWayMillisMax = 50;
const connectionsEach = 64;
const steadyClients = 4;
const sendersEach = 2;
const senderPauseMillis = 4;

export class ObedienceTrial {
  readonly load: TokenLoad;
  readonly changes: RegistryChanges;
  readonly #instances: Instances;
  readonly #steady: readonly Right[];

  private constructor(
    instances: Instances,
    load: TokenLoad,
    changes: RegistryChanges,
    steady: readonly Right[],
  ) {
    this.#instances = instances;
    this.load = load;
    this.changes = changes;
    this.#steady = steady;
  }

  static async begin(instances: Instances): Promise<ObedienceTrial> {
    const load = new TokenLoad(instances.all, connectionsEach);
    const changes = await RegistryChanges.begin(instances, load);
    const steady: Right[] = [];
    for (let client = 0; client < steadyClients; client += 1) {
      steady.push(...rightsOf(await changes.register(true)));
    }
    return new ObedienceTrial(instances, load, changes, steady);
  }

  /** Undoes every fault, also after a failure. */
  async end(): Promise<void> {
    for (const instance of this.#instances.all) {
      instance.proxy?.heal();
      instance.thaw();
    }
    await this.load.stop();
    this.load.close();
  }

  /** Changes are sent to the others from now on; this one may answer 503. */
  impair(index: number): { impaired: Instance; proxy: DatabaseProxy; well: Instance[] } {
    const impaired = this.#instances.get(index);
    const well = this.#instances.all.filter((instance) => instance !== impaired);
    this.load.impaired.add(impaired);
    this.changes.senders = well;
    this.changes.asked = well;
    return { impaired, proxy: impaired.ownProxy, well };
  }

  /** One client for each way to take something away from it. */
  registerSubjects(): Promise<Subject[]> {
    return Promise.all(Object.keys(takings).map(() => this.changes.register()));
  }

  /** Takes and gives back, on and on, until there were so many changes. */
  async changeAllTheTime(count: number, atOnce: number): Promise<void> {
    await this.changes.run(Object.values(takings), count, atOnce);
  }

  /** In all ways, at once or one after another; resolves with what gives everything back. */
  takeEverything(subjects: readonly Subject[], millisBetween = 0): Promise<GiveBack[]> {
    return Promise.all(
      Object.values(takings).map(async (take, index) => {
        const subject = subjects[index];
        if (subject === undefined) throw new Error('there is a subject for every way');
        await sleep(index * millisBetween);
        return take(this.changes, subject);
      }),
    );
  }

  /** So that the instance remembers their clients. */
  async askUntilIssued(
    instance: Instance,
    rights: readonly Right[],
    millisMax = warmMillisMax,
  ): Promise<void> {
    const startedAt = performance.now();
    await Promise.all(
      rights.map(async (right) => {
        while ((await this.load.ask(instance, right)).status !== 200) {
          expect(performance.now() - startedAt).toBeLessThan(millisMax);
          await sleep(20);
        }
      }),
    );
  }

  /** It answers again, for clients that nobody has touched. */
  async expectRecovery(impaired: Instance): Promise<void> {
    await this.askUntilIssued(impaired, this.#steady, recoveryMillisMax);
  }

  /** Runs `work` with token load on `loaded`; resolves with what the machine added to every answer. */
  async expectObeyed(
    name: string,
    loaded: readonly Instance[],
    work: () => Promise<void>,
  ): Promise<number> {
    const probed = this.changes.senders.map((instance) => instance.connect(1));
    const { busyMillis } = await whileProbing(
      probed.map((connections) => () => connections.send({ path: '/health/live' })),
      async () => {
        this.load.start(loaded, sendersEach, senderPauseMillis);
        await work();
        await this.load.stop();
      },
    );
    for (const connections of probed) connections.close();
    await this.#judge(name, busyMillis);
    return busyMillis;
  }

  async #judge(name: string, busyMillis: number): Promise<void> {
    const { load, changes } = this;
    process.stdout.write(
      `obedience, ${name}: ${this.#describe()}; busy ${busyMillis.toFixed()} ms\n`,
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
    const slowest = Math.max(...changes.takingMillis, ...changes.givingMillis);
    expect(slowest).toBeLessThan(acknowledgementMillisMax + delaysPerChange * busyMillis);
    // S1b
    const latest = Math.max(...changes.adoptionMillis);
    expect(latest).toBeLessThan(adoptionMillisMax + delaysPerChange * busyMillis);
  }

  #describe(): string {
    const { load, changes } = this;
    const late = load.late.map(({ lagMillis }) => lagMillis);
    return [
      `${changes.takingMillis.length} changes that take away ${describeMillis(changes.takingMillis)}`,
      `${changes.givingMillis.length} that give ${describeMillis(changes.givingMillis)}`,
      `seen elsewhere after ${describeMillis(changes.adoptionMillis)}`,
      `${load.tokens} tokens, ${load.refusals} refusals`,
      late.length === 0 ? 'no late token' : `${late.length} late tokens ${describeMillis(late)}`,
    ].join('; ');
  }
}

/** Three instances, and a trial of its own on them for every test; there when the tests run. */
export function useObedienceTrial(): { instances: () => Instances; trial: () => ObedienceTrial } {
  const instances = useInstances({
    count: 3,
    proxied: true,
    env: { LATCHKEY_TRUST_PROXY: '1' },
  });
  let trial: ObedienceTrial | undefined;
  beforeEach(async () => {
    trial = await ObedienceTrial.begin(instances());
  });
  afterEach(() => trial?.end());
  return {
    instances,
    trial() {
      if (trial === undefined) throw new Error('the trial is there only while a test runs');
      return trial;
    },
  };
}

/** The middle, nearly all, and the slowest. */
function describeMillis(millis: readonly number[]): string {
  const sorted = millis.toSorted((a, b) => a - b);
  const at = (part: number) => sorted[Math.floor((sorted.length - 1) * part)]?.toFixed(1) ?? '-';
  return `p50 ${at(0.5)} p99 ${at(0.99)} max ${at(1)} ms`;
}
