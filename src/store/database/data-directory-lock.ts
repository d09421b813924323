/**
 * The exclusive lock on an embedded database's folder. The system frees it when the process dies, also
 * by `kill -9`; a pid file would not, and two openers would silently lose acknowledged writes.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Another process has the folder open; the message names it. */
export class DataDirectoryLocked extends Error {
  constructor(directory: string, holder: string) {
    super(
      `the data directory ${directory} is in use by ${holder}: stop that process, or give this one another LATCHKEY_DATA_DIR`,
    );
    this.name = 'DataDirectoryLocked';
  }
}

/** The folder is not there and cannot be made. */
export class DataDirectoryUnusable extends Error {
  constructor(directory: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(
      `LATCHKEY_DATA_DIR is ${directory}, which is not a folder and cannot be made one (${reason})`,
      { cause },
    );
    this.name = 'DataDirectoryUnusable';
  }
}

export interface DataDirectoryLock {
  release(): void;
}

/** A lock nobody refers to is collected as garbage, and its file closed: the folder would be free again. */
const heldLocks = new Set<DatabaseSync>();

/** Takes the lock or throws DataDirectoryLocked at once. */
export function lockDataDirectory(directory: string): DataDirectoryLock {
  makeDirectory(directory);
  const holderFile = join(directory, 'holder.json');
  const lock = new DatabaseSync(join(directory, 'lock.sqlite'));
  try {
    lock.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
  } catch (cause) {
    lock.close();
    if (isBusy(cause)) {
      throw new DataDirectoryLocked(directory, readHolder(holderFile));
    }
    throw cause;
  }
  heldLocks.add(lock);
  const holder = { pid: process.pid, host: hostname(), since: new Date().toISOString() };
  writeFileSync(holderFile, `${JSON.stringify(holder)}\n`);
  return {
    release() {
      rmSync(holderFile, { force: true });
      lock.exec('ROLLBACK');
      lock.close();
      heldLocks.delete(lock);
    },
  };
}

/** SQLITE_BUSY. */
function isBusy(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'errcode' in error && error.errcode === 5;
}

function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new DataDirectoryUnusable(directory, cause);
  }
}

/** The holder by the name it left; one that was killed left a name too, which nobody holds any more. */
function readHolder(holderFile: string): string {
  const starting = 'another process that is just starting';
  try {
    const { pid, host, since } = JSON.parse(readFileSync(holderFile, 'utf8')) as Record<
      string,
      unknown
    >;
    if (host === hostname() && !isRunning(Number(pid))) return starting;
    return `process ${String(pid)} on ${String(host)}, since ${String(since)}`;
  } catch {
    // The holder is between taking the lock and writing its name.
    return starting;
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: it runs, as another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
