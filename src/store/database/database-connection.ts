/** The pool's connections to PostgreSQL: none ends the process, outlives its time, or remembers a request. */
import { AsyncLocalStorage } from 'node:async_hooks';
import pg from 'pg';

/** Of `pg`, for which it has no code. */
const noAnswerMessage = 'Query read timeout';

type Callback = (...results: unknown[]) => void;

/** For the driver keeps the callback as long as the connection, and with it the query that waited for it. */
function forgetAfterCall(callback: Callback): Callback {
  let pending: Callback | undefined = callback;
  return (...results) => {
    const once = pending;
    pending = undefined;
    once?.(...results);
  };
}

/**
 * A class for the pool's `Client` option. `warn` hears of connections that broke: without a listener a
 * connection that breaks while it is checked out would end the process.
 */
export function databaseConnectionClass(
  warn: (error: Error, message: string) => void,
): typeof pg.Client {
  // A socket keeps the async context it was opened in, and that would be a request with its secret.
  const outsideOfRequests = AsyncLocalStorage.snapshot();

  return class DatabaseConnection extends pg.Client {
    constructor(config?: string | pg.ClientConfig) {
      super(config);
      this.on('error', (error) => warn(error, 'a database connection broke'));
      // One implementation stands behind the overloads of each published type.
      const connect = this.connect.bind(this) as (callback: Callback) => void;
      this.connect = ((callback: Callback) =>
        outsideOfRequests(connect, forgetAfterCall(callback))) as typeof this.connect;
      const query = this.query.bind(this) as unknown as (...parameters: unknown[]) => unknown;
      this.query = ((...parameters: unknown[]) => {
        const answer = query(...parameters);
        if (answer instanceof Promise) answer.catch((error: unknown) => this.#giveUp(error));
        return answer;
      }) as typeof this.query;
    }

    /** Whoever came next, a ROLLBACK to begin with, would wait behind the query that nobody answers. */
    #giveUp(error: unknown): void {
      if (!(error instanceof Error) || error.message !== noAnswerMessage) return;
      // Not in the published types.
      const { connection } = this as unknown as { connection: { stream: { destroy(): void } } };
      connection.stream.destroy();
    }
  };
}
