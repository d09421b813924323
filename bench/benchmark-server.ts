/** A server of the benchmark: its processes, what they report, and whether it is there yet. */
import { setTimeout as sleep } from 'node:timers/promises';
import { BenchmarkProcess, scriptPath } from './benchmark-process.ts';
import type { Cores } from './core-placement.ts';
import { coreShareVariable } from './core-share.ts';
import { reportPortVariable, type ProcessReport, type ReportQuestion } from './process-report.ts';
import { ReportChannel } from './report-channel.ts';

const startMillisMax = 60_000;
const lookMillis = 50;

export interface ServerOptions {
  name: string;
  cores: Cores | undefined;
  /** The most of a core that each of its processes may take. */
  coreShare: number | undefined;
  port: number;
  script: string;
  args: readonly string[];
  env?: Record<string, string>;
  /** How many processes it has when it is ready. */
  processes?: number;
}

export class BenchmarkServer {
  readonly #process: BenchmarkProcess;
  readonly #channel: ReportChannel;
  readonly #options: ServerOptions;

  private constructor(process: BenchmarkProcess, channel: ReportChannel, options: ServerOptions) {
    this.#process = process;
    this.#channel = channel;
    this.#options = options;
  }

  /** Resolves when it answers at `path` with anything but a failure of its own. */
  static async start(options: ServerOptions, path = '/'): Promise<BenchmarkServer> {
    const { name, cores, coreShare, script, args, env, port } = options;
    const channel = await ReportChannel.open();
    const process = new BenchmarkProcess({
      name,
      cores,
      args: [
        '--expose-gc',
        '--import',
        scriptPath('./process-report.ts'),
        scriptPath(script),
        ...args,
      ],
      env: {
        ...env,
        [reportPortVariable]: String(channel.port),
        ...(coreShare === undefined ? {} : { [coreShareVariable]: String(coreShare) }),
      },
    });
    const server = new BenchmarkServer(process, channel, options);
    try {
      await server.#untilAnswered(`http://127.0.0.1:${port}${path}`);
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  async report(question: ReportQuestion = 'now'): Promise<ProcessReport> {
    this.#process.requireRunning();
    return this.#channel.ask(question, this.#options.processes ?? 1);
  }

  async stop(): Promise<void> {
    await this.#process.stop();
    this.#channel.close();
  }

  async #untilAnswered(url: string): Promise<void> {
    const deadline = performance.now() + startMillisMax;
    while (performance.now() < deadline) {
      this.#process.requireRunning();
      const answered = await fetch(url).then(
        ({ status }) => status < 500,
        // Not listening yet.
        () => false,
      );
      if (answered) return;
      await sleep(lookMillis);
    }
    throw new Error(`${this.#options.name} was not ready after ${startMillisMax} ms`);
  }
}

export function issuerOf(port: number): string {
  return `http://localhost:${port}`;
}
