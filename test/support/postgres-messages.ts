/** What goes over a connection to PostgreSQL (protocol 3), message by message; no TLS. */

export interface PostgresMessage {
  /** One letter; '' for the first one of a client, which has none. */
  type: string;
  bytes: Buffer;
}

/** Cuts one direction of a connection into whole messages. */
export class PostgresMessages {
  #rest: Buffer = Buffer.alloc(0);
  #isFirst: boolean;

  constructor(sender: 'client' | 'server') {
    this.#isFirst = sender === 'client';
  }

  /** The messages that `chunk` completes. */
  push(chunk: Buffer): PostgresMessage[] {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const messages: PostgresMessage[] = [];
    for (;;) {
      const typeLength = this.#isFirst ? 0 : 1;
      if (this.#rest.length < typeLength + 4) return messages;
      const length = typeLength + this.#rest.readInt32BE(typeLength);
      if (this.#rest.length < length) return messages;
      const bytes = this.#rest.subarray(0, length);
      messages.push({ type: bytes.toString('latin1', 0, typeLength), bytes });
      this.#rest = this.#rest.subarray(length);
      this.#isFirst = false;
    }
  }
}

export interface Statement {
  /** Of a prepared statement; '' when it has none. */
  name: string;
  sql: string;
}

/** Knows which statement each Execute of one client means. */
export class StatementReader {
  readonly #prepared = new Map<string, string>();
  readonly #portals = new Map<string, Statement>();

  /** The statement that this message makes the server execute, if it does. */
  read({ type, bytes }: PostgresMessage): Statement | undefined {
    const [first, second] = readTexts(bytes);
    if (type === 'Q') return { name: '', sql: first };
    if (type === 'P') this.#prepared.set(first, second);
    if (type === 'B') {
      this.#portals.set(first, { name: second, sql: this.#prepared.get(second) ?? '' });
    }
    return type === 'E' ? this.#portals.get(first) : undefined;
  }
}

/** The name of the prepared statement that a Parse or a Bind is about. */
export function preparedName({ type, bytes }: PostgresMessage): string | undefined {
  if (type === 'P') return readTexts(bytes)[0];
  return type === 'B' ? readTexts(bytes)[1] : undefined;
}

/** The first two texts of a message; each ends with a zero byte. */
function readTexts(bytes: Buffer): [string, string] {
  const firstEnd = bytes.indexOf(0, 5);
  if (firstEnd < 0) return ['', ''];
  const secondEnd = bytes.indexOf(0, firstEnd + 1);
  return [
    bytes.toString('utf8', 5, firstEnd),
    secondEnd < 0 ? '' : bytes.toString('utf8', firstEnd + 1, secondEnd),
  ];
}
