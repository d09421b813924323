/** A child process of the benchmark: on its cores, quiet, and heard of when it ends. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { nodeCommand, type Cores } from './core-placement.ts';

export interface ProcessOptions {
  name: string;
  cores: Cores | undefined;
  /** Flags of node, then the script and its arguments. */
  args: readonly string[];
  env?: Record<string, string>;
}

export class BenchmarkProcess {
  readonly name: string;
  readonly child: ChildProcess;
  #errors = '';

  constructor({ name, cores, args, env }: ProcessOptions, withChannel = false) {
    this.name = name;
    const [command, commandArgs] = nodeCommand(cores, args);
    this.child = spawn(command, commandArgs, {
      // Nothing of the caller's environment decides what is measured.
      env: { PATH: process.env['PATH'], ...env },
      // Logs are written, but to /dev/null: nobody's core pays for reading them.
      stdio: ['ignore', 'ignore', 'pipe', ...(withChannel ? (['ipc'] as const) : [])],
    });
    this.child.stderr?.on('data', (chunk: Buffer) => {
      this.#errors = (this.#errors + chunk.toString()).slice(-4_000);
    });
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Why it is not running, with what it wrote to standard error. */
  ended(): Error {
    const { signalCode, exitCode } = this.child;
    return new Error(`${this.name} ended (${signalCode ?? exitCode}):\n${this.#errors}`);
  }

  requireRunning(): void {
    if (!this.isRunning) throw this.ended();
  }

  /** SIGTERM, and resolves when it is gone. */
  async stop(): Promise<void> {
    if (!this.isRunning) return;
    this.child.kill('SIGTERM');
    await once(this.child, 'exit');
  }
}

/** One that does something for the benchmark when it is asked, one thing at a time. */
export class HelperProcess extends BenchmarkProcess {
  constructor(options: Omit<ProcessOptions, 'args'> & { script: string }) {
    const { script, ...rest } = options;
    super({ ...rest, args: [scriptPath(script)] }, true);
  }

  /** Sends a message and resolves with the next one that comes back; rejects when the process ends instead. */
  ask<Answer>(message: object): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      const onExit = () => reject(this.ended());
      this.child.once('exit', onExit);
      this.child.once('message', (answer) => {
        this.child.off('exit', onExit);
        // Whoever asks knows what this process answers.
        resolve(answer as Answer);
      });
      this.child.send(message, (error) => error && reject(this.ended()));
    });
  }
}

/** Of a file relative to this folder. */
export function scriptPath(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}
