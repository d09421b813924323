/** Keeps the registry of a contestant busy: its neighbours on its database, and who calls their admin APIs. */
import { findFreePort } from '../test/support/free-port.ts';
import { HelperProcess } from './benchmark-process.ts';
import { issuerOf, type BenchmarkServer } from './benchmark-server.ts';
import type { ChangeOrder, ChangeResult } from './change-driver.ts';
import type { Cores } from './core-placement.ts';
import type { ContestantPlan } from './groups.ts';
import { startInstance, type Deployment } from './latchkey-server.ts';

export class RegistryChanger {
  /** Where the neighbours answer. */
  readonly urls: readonly string[];
  readonly #neighbours: readonly BenchmarkServer[];
  readonly #driver: HelperProcess;
  readonly #begin: ChangeOrder;

  private constructor(
    neighbours: readonly BenchmarkServer[],
    driver: HelperProcess,
    begin: ChangeOrder & { kind: 'begin' },
  ) {
    this.urls = begin.urls;
    this.#neighbours = neighbours;
    this.#driver = driver;
    this.#begin = begin;
  }

  static async start(
    { name, clients, neighbours: count, changesPerSecond: perSecond }: ContestantPlan,
    deployment: Deployment,
    cores: Cores | undefined,
  ): Promise<RegistryChanger> {
    const neighbours: BenchmarkServer[] = [];
    const urls: string[] = [];
    try {
      while (neighbours.length < count) {
        const port = await findFreePort();
        const of = `a neighbour of ${name}`;
        neighbours.push(await startInstance({ name: of, port, cores, deployment, workers: 1 }));
        urls.push(issuerOf(port));
      }
    } catch (error) {
      for (const neighbour of neighbours) await neighbour.stop();
      throw error;
    }
    const driver = new HelperProcess({
      name: 'who changes the registry',
      cores,
      script: './change-driver.ts',
    });
    const { issuer, operator } = deployment;
    const order = { urls, issuer, operator, clients, perSecond };
    return new RegistryChanger(neighbours, driver, { kind: 'begin', ...order });
  }

  async begin(): Promise<void> {
    await this.#driver.ask(this.#begin);
  }

  /** To be called when everything is warm: what was measured before does not count. */
  async forgetWarmUp(): Promise<void> {
    await this.#driver.ask({ kind: 'warm' } satisfies ChangeOrder);
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

  /** User and system time of all these processes. */
  async cpuMicros(): Promise<number> {
    const reports = await Promise.all(this.#neighbours.map((neighbour) => neighbour.report()));
    const cpuMicros = reports.reduce((sum, report) => sum + report.cpuMicros, 0);
    const { user, system } = await this.#driver.ask<NodeJS.CpuUsage>({
      kind: 'cpu',
    } satisfies ChangeOrder);
    return cpuMicros + user + system;
  }

  async stop(): Promise<void> {
    await this.#driver.stop();
    for (const neighbour of this.#neighbours) await neighbour.stop();
  }
}
