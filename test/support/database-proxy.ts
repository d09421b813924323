/** Stands between an instance and PostgreSQL: counts the statements, and is as bad a network as it is told to be. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { DelayedSocket } from './delayed-socket.ts';
import {
  preparedName,
  PostgresMessages,
  StatementReader,
  type Statement,
} from './postgres-messages.ts';

export interface ExecutedStatement extends Statement {
  /** Counts the connections; those of a transaction share one. */
  connection: number;
}

export interface NetworkFaults {
  /** New connections are reset. */
  refuses: boolean;
  /**
   * Nothing passes any more, in either direction: on every connection, or only on those that use the
   * prepared statement of this name. New connections are taken. What was sent arrives after `heal`.
   */
  blackholes: 'everything' | { statement: string } | 'nothing';
  /**
   * The next connection that commits breaks: `before` PostgreSQL has heard of it, or `after` it has carried
   * it out, when its answer is lost; `for good` is the same, and the database is gone with it.
   */
  breaksCommit: 'before' | 'after' | 'for good' | 'nothing';
  /** What LISTEN would have told is lost; all else passes. */
  dropsNotifications: boolean;
  /** Added to what PostgreSQL says, save on connections that use the prepared statement named in `spares`. */
  answerDelay: { millis: number; spares?: string };
}

const noFaults: NetworkFaults = {
  refuses: false,
  blackholes: 'nothing',
  breaksCommit: 'nothing',
  dropsNotifications: false,
  answerDelay: { millis: 0 },
};

interface Connection {
  number: number;
  client: Socket;
  toClient: DelayedSocket;
  database: Socket;
  toDatabase: DelayedSocket;
  /** Names of the prepared statements it has used. */
  used: Set<string>;
  /** It has sent a COMMIT whose answer it is not to get. */
  losesAnswer: NetworkFaults['breaksCommit'];
}

export class DatabaseProxy {
  /** For the instance, in place of the database's own. */
  readonly url: string;
  readonly #server: Server;
  readonly #database: { host: string; port: number };
  readonly #connections = new Set<Connection>();
  #faults = noFaults;
  #accepted = 0;
  #statements: ExecutedStatement[] = [];

  private constructor(server: Server, databaseUrl: string) {
    const url = new URL(databaseUrl);
    this.#server = server;
    this.#database = { host: url.hostname, port: Number(url.port) };
    // A listening TCP server has an AddressInfo.
    url.port = String((server.address() as AddressInfo).port);
    this.url = url.href;
    server.on('connection', (client) => this.#accept(client));
  }

  static async start(databaseUrl: string): Promise<DatabaseProxy> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new DatabaseProxy(server, databaseUrl);
  }

  /** From now on; what is not named stays as it is. */
  fail(faults: Partial<NetworkFaults>): void {
    this.#faults = { ...this.#faults, ...faults };
    if (this.#faults.blackholes === 'everything') this.#connections.forEach(hold);
  }

  /** Ends every fault, and delivers what a black hole has held. */
  heal(): void {
    this.#faults = noFaults;
    for (const { toClient, toDatabase } of this.#connections) {
      toClient.release();
      toDatabase.release();
    }
  }

  /** Resets every connection there is. */
  cut(): void {
    this.#connections.forEach(reset);
  }

  /** What was executed since the last call, in its order. */
  takeStatements(): ExecutedStatement[] {
    const statements = this.#statements;
    this.#statements = [];
    return statements;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.cut();
    await once(this.#server, 'close');
  }

  #accept(client: Socket): void {
    client.on('error', () => undefined);
    if (this.#faults.refuses) {
      client.resetAndDestroy();
      return;
    }
    const database = connect({ ...this.#database, allowHalfOpen: true, noDelay: true });
    database.on('error', () => client.resetAndDestroy());
    this.#accepted += 1;
    const connection: Connection = {
      number: this.#accepted,
      client,
      toClient: new DelayedSocket(client),
      database,
      toDatabase: new DelayedSocket(database),
      used: new Set(),
      losesAnswer: 'nothing',
    };
    this.#connections.add(connection);
    if (this.#faults.blackholes === 'everything') hold(connection);
    this.#forwardQuestions(connection);
    this.#forwardAnswers(connection);
    client.once('close', () => {
      connection.toDatabase.write(null, 0);
      if (database.destroyed) this.#connections.delete(connection);
    });
    database.once('close', () => {
      connection.toClient.write(null, 0);
      if (client.destroyed) this.#connections.delete(connection);
    });
  }

  #forwardQuestions(connection: Connection): void {
    const messages = new PostgresMessages('client');
    const reader = new StatementReader();
    connection.client.on('data', (chunk) => {
      for (const message of messages.push(chunk)) {
        const { blackholes } = this.#faults;
        const name = preparedName(message);
        if (name !== undefined) connection.used.add(name);
        if (typeof blackholes === 'object' && blackholes.statement === name) hold(connection);
        const statement = reader.read(message);
        if (statement) this.#statements.push({ ...statement, connection: connection.number });
        if (statement?.sql === 'COMMIT' && this.#breakAtCommit(connection)) return;
        connection.toDatabase.write(message.bytes, 0);
      }
    });
    connection.client.on('end', () => connection.toDatabase.write(null, 0));
  }

  /** Whether the COMMIT is not to be passed on. */
  #breakAtCommit(connection: Connection): boolean {
    const { breaksCommit } = this.#faults;
    this.fail({ breaksCommit: 'nothing' });
    connection.losesAnswer = breaksCommit;
    if (breaksCommit === 'before') reset(connection);
    return breaksCommit === 'before';
  }

  #forwardAnswers(connection: Connection): void {
    const messages = new PostgresMessages('server');
    connection.database.on('data', (chunk) => {
      if (connection.losesAnswer === 'for good') {
        this.fail({ refuses: true });
        this.cut();
      }
      if (connection.losesAnswer !== 'nothing') return reset(connection);
      const { dropsNotifications } = this.#faults;
      const passing = messages
        .push(chunk)
        .filter(({ type }) => !(dropsNotifications && type === notificationResponse))
        .map(({ bytes }) => bytes);
      if (passing.length > 0) {
        connection.toClient.write(Buffer.concat(passing), this.#answerDelay(connection));
      }
    });
    connection.database.on('end', () => {
      connection.toClient.write(null, this.#answerDelay(connection));
    });
  }

  #answerDelay({ used }: Connection): number {
    const { millis, spares } = this.#faults.answerDelay;
    return spares !== undefined && used.has(spares) ? 0 : millis;
  }
}

const notificationResponse = 'A';

function reset({ client, database }: Connection): void {
  client.resetAndDestroy();
  database.resetAndDestroy();
}

function hold({ toClient, toDatabase }: Connection): void {
  toClient.hold();
  toDatabase.hold();
}
