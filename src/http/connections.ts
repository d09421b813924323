/** The connections of a listener: what each of them is waiting for, and when it has to go. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Exchange } from './exchange.ts';

/** A request whose answer is not finished. */
export interface Pending {
  req: IncomingMessage;
  res: ServerResponse;
  exchange: Exchange;
  /** What was sent past the response object, when the request broke off. */
  refusedWith: number | undefined;
}

export interface Connection {
  pending: Pending[];
  /** Nothing that comes from it is looked at any more. */
  isLeaving: boolean;
  /** No request so far, though Node counts it as busy. */
  unused: boolean;
  /** As found when it was last looked at. */
  bytesRead: number;
  bytesTaken: number;
  /** Looks since anything came from it. */
  silentLooks: number;
  /** Looks since anything of what waits for it was taken. */
  untakenLooks: number;
}

/** How long whoever still sends has to read an answer that came before the end of the request. */
const farewellMillis = 500;
/** How long the rest of a request that was answered may take to come. */
const remainderMillis = 250;
/** Four whole pauses between looks: at 5 s, 20 to 25 seconds without taking any of an answer. */
const untakenLooksMax = 4;
/** Idle for one to two pauses. */
const silentLooksIdle = 1;

export class Connections {
  readonly #open = new Map<Duplex, Connection>();
  readonly #crowd: number;
  readonly #lookMillis: number;
  #looks: NodeJS.Timeout | undefined;

  /**
   * From `crowd` connections on, those that were idle longest are closed for others. All are looked at every
   * `lookMillis`, and at no request: that costs tokens nothing.
   */
  constructor(crowd: number, lookMillis: number) {
    this.#crowd = crowd;
    this.#lookMillis = lookMillis;
  }

  add(socket: Socket): void {
    const connection: Connection = {
      pending: [],
      isLeaving: false,
      unused: true,
      bytesRead: 0,
      bytesTaken: 0,
      silentLooks: 0,
      untakenLooks: 0,
    };
    this.#open.set(socket, connection);
    socket.once('close', () => this.#open.delete(socket));
    // What Node does after an answer with "Connection: close", whether or not the request has ended.
    socket.destroySoon = () => {
      if (connection.pending[0]?.req.complete === false) this.leave(socket);
      else Socket.prototype.destroySoon.call(socket);
    };
  }

  find(socket: Duplex): Connection | undefined {
    return this.#open.get(socket);
  }

  /** Every answer that has not begun says that it is the last. */
  announceClose(): void {
    for (const { pending } of this.#open.values()) {
      for (const { res } of pending) if (!res.headersSent) res.setHeader('Connection', 'close');
    }
  }

  closeUnused(): void {
    for (const [socket, { unused }] of this.#open) {
      if (unused && socket instanceof Socket && socket.bytesRead === 0) socket.destroy();
    }
  }

  /** Most of what is not read of an answered request is on its way already, and the connection as good as new. */
  leaveUnlessComplete(req: IncomingMessage): void {
    setTimeout(() => {
      if (!req.complete) this.leave(req.socket);
    }, remainderMillis).unref();
  }

  /**
   * Ends a connection whose sender is in the middle of something that nobody reads. What it sends is no
   * longer taken from the system, and it keeps its end until it has had time for the answer: closed at
   * once, it would be told of a broken connection instead.
   */
  leave(socket: Duplex): void {
    const connection = this.#open.get(socket);
    if (connection?.isLeaving || socket.destroyed) return;
    if (connection) connection.isLeaving = true;
    if (socket.writable) socket.end();
    // Node resumes it at the end of the answer.
    setImmediate(() => socket.pause());
    setTimeout(() => socket.destroy(), farewellMillis).unref();
  }

  lookRegularly(): void {
    this.#looks = setInterval(() => this.#look(), this.#lookMillis).unref();
  }

  stopLooking(): void {
    clearInterval(this.#looks);
  }

  #look(): void {
    for (const [socket, connection] of this.#open) {
      if (socket instanceof Socket) lookAt(socket, connection);
    }
    this.makeRoom();
  }

  /** Closes connections that nobody has used for a while, longest first, as long as there are too many. */
  makeRoom(): void {
    const excess = this.#open.size - this.#crowd;
    if (excess <= 0) return;
    const idle = [...this.#open]
      .filter(
        ([, { pending, silentLooks }]) => pending.length === 0 && silentLooks >= silentLooksIdle,
      )
      .sort(([, a], [, b]) => b.silentLooks - a.silentLooks);
    for (const [socket] of idle.slice(0, excess)) socket.destroy();
  }
}

/** What the system has not taken yet of what Node has handed to it, which may be all of a long answer. */
function countHandedOver(socket: Socket): number {
  // Of Node's, which asks it for the same before a timeout, and not in the published types.
  const { _handle: handle } = socket as unknown as { _handle: { writeQueueSize?: number } | null };
  return handle?.writeQueueSize ?? 0;
}

function lookAt(socket: Socket, connection: Connection): void {
  const { bytesRead, writableLength } = socket;
  connection.silentLooks = bytesRead === connection.bytesRead ? connection.silentLooks + 1 : 0;
  connection.bytesRead = bytesRead;
  const bytesTaken = socket.bytesWritten - writableLength - countHandedOver(socket);
  const isStuck = writableLength > 0 && bytesTaken === connection.bytesTaken;
  connection.untakenLooks = isStuck ? connection.untakenLooks + 1 : 0;
  connection.bytesTaken = bytesTaken;
  if (connection.untakenLooks >= untakenLooksMax) socket.destroy();
}
