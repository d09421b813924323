/**
 * PostgreSQL inside this process (PGlite): the ordinary `pg` driver speaks the wire protocol to it
 * through a stream in memory, so both databases are met by one driver, with no port to guard.
 *
 * PGlite has one session. The pool above must therefore hold exactly one connection: whoever has it
 * has the session to itself until the transaction is over.
 */
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { PGlite } from '@electric-sql/pglite';
import { lockDataDirectory } from './data-directory-lock.ts';

export interface EmbeddedDatabase {
  /** A new "socket" for a `pg` connection. */
  connect(): Duplex;
  close(): Promise<void>;
}

export async function openEmbeddedDatabase(directory: string): Promise<EmbeddedDatabase> {
  const lock = lockDataDirectory(directory);
  try {
    // A first start that is killed half way is no harm: PGlite writes PG_VERSION last, and begins again.
    const database = await PGlite.create(ensurePrivateFolder(join(directory, 'postgres')));
    return {
      connect: () => new EmbeddedConnection(database),
      async close() {
        await database.close();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** PGlite makes its files writable for everybody, so the folder around them must keep everybody out. */
function ensurePrivateFolder(folder: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  return folder;
}

/** What `pg` expects of a socket; whole protocol messages go in, whole answers come out. */
class EmbeddedConnection extends Duplex {
  readonly #database: PGlite;

  constructor(database: PGlite) {
    super();
    this.#database = database;
  }

  connect(): this {
    process.nextTick(() => this.emit('connect'));
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  override _read(): void {
    // Answers are pushed when they come.
  }

  override _write(message: Buffer, _encoding: string, done: (error?: Error) => void): void {
    this.#database.execProtocolRaw(message).then(
      (answer) => {
        this.push(Buffer.from(answer));
        done();
      },
      (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
    );
  }

  override _writev(messages: { chunk: Buffer }[], done: (error?: Error) => void): void {
    this._write(Buffer.concat(messages.map(({ chunk }) => chunk)), 'buffer', done);
  }

  override _final(done: () => void): void {
    this.push(null);
    done();
  }
}
