/**
 * PostgreSQL inside this process (PGlite): the ordinary `pg` driver speaks the wire protocol to it
 * through a stream in memory, so both databases are met by one driver, with no port to guard.
 *
 * PGlite has one session. The pool above must therefore hold exactly one connection: whoever has it
 * has the session to itself until the transaction is over.
 */
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { PGlite } from '@electric-sql/pglite';
import { lockDataDirectory } from './data-directory-lock.ts';
import { embeddedDatabaseStopped } from './database-fault.ts';

export interface EmbeddedDatabase {
  /** A new "socket" for a `pg` connection. */
  connect(): Duplex;
  close(): Promise<void>;
}

/** Whether there is one yet: making it takes seconds. */
export function isEmbeddedDatabaseMade(directory: string): boolean {
  return existsSync(join(clusterFolder(directory), 'PG_VERSION'));
}

function clusterFolder(directory: string): string {
  return join(directory, 'postgres');
}

export async function openEmbeddedDatabase(directory: string): Promise<EmbeddedDatabase> {
  const lock = lockDataDirectory(directory);
  try {
    // A first start that is killed half way is no harm: PGlite writes PG_VERSION last, and begins again.
    const database = await PGlite.create(ensurePrivateFolder(clusterFolder(directory)));
    const session: Session = { database, hasStopped: false };
    return {
      connect: () => new EmbeddedConnection(session),
      async close() {
        if (!session.hasStopped) await database.close();
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

interface Session {
  readonly database: PGlite;
  /** It did not answer in time, as when its disk is full, and whoever asked again would never return. */
  hasStopped: boolean;
}

class EmbeddedDatabaseStopped extends Error {
  override name = 'EmbeddedDatabaseStopped';
  readonly code = embeddedDatabaseStopped;

  constructor() {
    super(
      'the embedded database has stopped answering: is its disk full? Start again when there is room',
    );
  }
}

/** What `pg` expects of a socket; whole protocol messages go in, whole answers come out. */
class EmbeddedConnection extends Duplex {
  readonly #session: Session;
  #hasAnswered = false;

  constructor(session: Session) {
    super();
    this.#session = session;
  }

  connect(): this {
    if (this.#session.hasStopped) {
      this.destroy(new EmbeddedDatabaseStopped());
      return this;
    }
    this.#takeOver().then(
      () => this.emit('connect'),
      (error: unknown) => this.destroy(error instanceof Error ? error : new Error(String(error))),
    );
    return this;
  }

  /** The session outlives its connections, which find it as a new one would be: nothing open, nothing prepared. */
  async #takeOver(): Promise<void> {
    const { database } = this.#session;
    await database.exec('ROLLBACK');
    await database.exec('DISCARD ALL');
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
    this.#session.database.execProtocolRaw(message).then(
      (answer) => {
        this.#hasAnswered = true;
        this.push(Buffer.from(answer));
        done();
      },
      (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
    );
  }

  /** The driver gives a connection up that does not answer any more. There is no other to this database. */
  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (this.#hasAnswered && !this.writableEnded && !this.#session.hasStopped) {
      this.#session.hasStopped = true;
      // The process cannot go on, and ends as after any failure that nobody can handle.
      setImmediate(() => {
        throw new EmbeddedDatabaseStopped();
      });
    }
    done(error);
  }

  override _writev(messages: { chunk: Buffer }[], done: (error?: Error) => void): void {
    this._write(Buffer.concat(messages.map(({ chunk }) => chunk)), 'buffer', done);
  }

  override _final(done: () => void): void {
    this.push(null);
    done();
  }
}
