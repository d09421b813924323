/** A child process of the benchmark: on its core, with a channel to ask it things, and quiet. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { nodeCommand } from './core-pinning.ts';

export interface BenchmarkProcess {
  /** Sends a message and resolves with the next one that comes back; rejects when the process ends instead. */
  ask<Answer>(message: object): Promise<Answer>;
  /** Throws when it has ended, with what it wrote to standard error. */
  requireRunning(): void;
  /** SIGTERM, and resolves when it is gone. */
  stop(): Promise<void>;
}

export function startProcess(options: {
  name: string;
  core: number | undefined;
  /** Flags of node, then the script and its arguments. */
  args: readonly string[];
  env?: Record<string, string>;
}): BenchmarkProcess {
  const [command, args] = nodeCommand(options.core, options.args);
  const child = spawn(command, args, {
    // Nothing of the caller's environment decides what is measured.
    env: { PATH: process.env['PATH'], ...options.env },
    // Logs are written, but to /dev/null: nobody's core pays for reading them.
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-4_000);
  });
  const ended = () =>
    new Error(`${options.name} ended (${child.signalCode ?? child.exitCode}):\n${errors}`);
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  return {
    ask<Answer>(message: object) {
      return new Promise<Answer>((resolve, reject) => {
        const onExit = () => reject(ended());
        child.once('exit', onExit);
        child.once('message', (answer) => {
          child.off('exit', onExit);
          // Whoever asks knows what this process answers.
          resolve(answer as Answer);
        });
        child.send(message, (error) => error && reject(ended()));
      });
    },
    requireRunning() {
      if (!isRunning()) throw ended();
    },
    async stop() {
      if (!isRunning()) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}
