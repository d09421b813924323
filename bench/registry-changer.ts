/** Keeps the registry of a contestant busy: a second instance on its database, and who calls its admin API. */
import { findFreePort } from '../test/support/free-port.ts';
import { HelperProcess } from './benchmark-process.ts';
import { issuerOf, type BenchmarkServer } from './benchmark-server.ts';
import type { ChangeOrder, ChangeResult } from './change-driver.ts';
import type { Cores } from './core-placement.ts';
import type { ContestantPlan } from './groups.ts';
import { startInstance, type Deployment } from './latchkey-server.ts';

export class RegistryChanger {
  readonly #instance: BenchmarkServer;
  readonly #driver: HelperProcess;
  readonly #begin: ChangeOrder;

  private constructor(instance: BenchmarkServer, driver: HelperProcess, begin: ChangeOrder) {
    this.#instance = instance;
    this.#driver = driver;
    this.#begin = begin;
  }

  static async start(
    { name, clients, changesPerSecond: perSecond }: ContestantPlan,
    deployment: Deployment,
    cores: Cores | undefined,
  ): Promise<RegistryChanger> {
    const port = await findFreePort();
    const instance = await startInstance({
      name: `the second instance of ${name}`,
      port,
      cores,
      deployment,
      workers: 1,
    });
    const driver = new HelperProcess({
      name: 'who changes the registry',
      cores,
      script: './change-driver.ts',
    });
    const { issuer, operator } = deployment;
    const order = { issuer, operator, clients, perSecond };
    return new RegistryChanger(instance, driver, { kind: 'begin', url: issuerOf(port), ...order });
  }

  async begin(): Promise<void> {
    await this.#driver.ask(this.#begin);
  }

  /**
   * Rejects when a change was not taken: then this was not what should be measured. Only 503 may be, by which an
   * instance that shares its core with everything else sheds load: how many changes there were is what was
   * acknowledged.
   */
  async end(): Promise<ChangeResult> {
    const result = await this.#driver.ask<ChangeResult>({ kind: 'end' } satisfies ChangeOrder);
    const isRefused = Object.keys(result.refusals).some((status) => status !== '503');
    if (result.changes === 0 || isRefused) {
      throw new Error(
        `${result.changes} changes were acknowledged, other answers by status ${JSON.stringify(result.refusals)}`,
      );
    }
    return result;
  }

  /** User and system time of both processes. */
  async cpuMicros(): Promise<number> {
    const { cpuMicros } = await this.#instance.report();
    const { user, system } = await this.#driver.ask<NodeJS.CpuUsage>({
      kind: 'cpu',
    } satisfies ChangeOrder);
    return cpuMicros + user + system;
  }

  async stop(): Promise<void> {
    await this.#driver.stop();
    await this.#instance.stop();
  }
}
