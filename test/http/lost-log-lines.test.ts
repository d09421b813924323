/** A log that cannot be written loses lines, counts them and says so; it ends nothing and fills no memory. L-20, L-21, S7. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { LogOutput, SharedLogOutput } from '../../src/http/log-output.ts';
import { compileCacheOf, quickCompilerOnly } from '../support/compile-cache.ts';
import { findFreePort } from '../support/free-port.ts';
import { copyPreparedDatabase } from '../support/prepared-databases.ts';

const describeLoss = (lost: number) => `lost ${lost}\n`;
const readyMillisMax = 60_000;

/** A file on a disk that may be full, or a pipe whose reader has stopped. */
class Disk extends Writable {
  written = '';
  isFull = false;
  isStuck = false;

  constructor() {
    super({ decodeStrings: false });
  }

  /** As Node's standard output, which no failure ends. */
  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    done(error);
    (this as unknown as { _undestroy(): void })._undestroy();
  }

  override _write(text: string | Buffer, _encoding: string, done: (error?: Error) => void): void {
    if (this.isStuck) return;
    if (!this.isFull) this.written += String(text);
    done(this.isFull ? Object.assign(new Error('no space left'), { code: 'ENOSPC' }) : undefined);
  }
}

describe.each([
  ['its own output', LogOutput],
  ['an output it shares', SharedLogOutput],
])('the log on %s', (_output, Output) => {
  test('drops and counts what a reader that has stopped reading leaves waiting', async () => {
    const disk = new Disk();
    disk.isStuck = true;
    const log = new Output(disk, describeLoss);
    const line = `${'x'.repeat(65_535)}\n`;
    for (let written = 0; written < 512; written += 1) {
      log.write(line);
      await nextTurn();
    }
    // 16 MB wait, and as much is gone.
    expect(log.lost).toBeGreaterThan(250);
    expect(log.lost).toBeLessThan(262);
  });
});

test('what a full disk did not take is said once there is room', async () => {
  const disk = new Disk();
  const log = new LogOutput(disk, describeLoss);
  const writeLine = async (line: string) => {
    log.write(`${line}\n`);
    await nextTurn();
    await nextTurn();
  };
  await writeLine('before');
  disk.isFull = true;
  await writeLine('lost');
  await writeLine('lost as well');
  disk.isFull = false;
  await writeLine('after');
  await writeLine('at last');
  expect(log.lost).toBe(2);
  expect(disk.written).toBe('before\n\nlost 2\nafter\nat last\n');
});

test('a server whose log has no room serves on, counts, and ends when told', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'latchkey-log-'));
  copyPreparedDatabase(directory);
  const [port, metricsPort] = [await findFreePort(), await findFreePort()];
  const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
  const child = spawn(process.execPath, [quickCompilerOnly, main, 'serve'], {
    env: {
      PATH: process.env['PATH'],
      ...compileCacheOf('main-embedded'),
      PORT: String(port),
      LATCHKEY_DATA_DIR: directory,
      LATCHKEY_METRICS_PORT: String(metricsPort),
      LATCHKEY_DRAIN_SECONDS: '0',
    },
    stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
  });
  try {
    const ask = (path: string, at = port) =>
      fetch(`http://127.0.0.1:${at}${path}`).catch(() => undefined);
    const deadline = Date.now() + readyMillisMax;
    while ((await ask('/health/ready'))?.status !== 200) {
      if (child.exitCode !== null || Date.now() > deadline) throw new Error('it never served');
      await sleep(50);
    }
    for (let request = 0; request < 100; request += 1) await ask('/health/live');
    expect((await ask('/health/ready'))?.status).toBe(200);
    const metrics = await (await ask('/metrics', metricsPort))?.text();
    const lost = /^latchkey_log_lines_lost_total (\d+)$/m.exec(metrics ?? '')?.[1];
    expect(Number(lost)).toBeGreaterThanOrEqual(100);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  } finally {
    child.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  }
});
