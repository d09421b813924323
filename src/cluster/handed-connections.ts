/**
 * Connections that are on their way to a worker. Node's round robin (24.21: round_robin_handle.js and
 * primary.js in lib/internal/cluster, child_process.js in lib/internal) waits for the worker to say that it
 * has taken one; a worker that dies first leaves it open and unanswered for ever, and is not even noted as
 * disconnected. No public interface tells of it, so this reads the internal messages, and answers one in
 * the place of the worker. Should they ever change, nothing is found in them, and the connection hangs as
 * it would without this.
 */
import type { Worker } from 'node:cluster';

interface Connection {
  close(): void;
}

export function rescueHandedConnections(worker: Worker, isAnotherListening: () => boolean): void {
  const { process: child } = worker;
  const onTheWay = new Map<number, Connection>();
  // Its overloads differ in what is passed on untouched.
  const send = child.send.bind(child) as (...parameters: unknown[]) => boolean;
  child.send = (message: unknown, connection: unknown, ...rest: unknown[]) => {
    const sequence = readField(message, 'act') === 'newconn' && readField(message, 'seq');
    if (typeof sequence === 'number' && isConnection(connection)) {
      onTheWay.set(sequence, connection);
    }
    return send(message, connection, ...rest);
  };
  // Not in the types, and all that a worker says to Node itself.
  child.on('internalMessage' as 'message', (message: unknown) => {
    const acknowledged = readField(message, 'ack');
    if (typeof acknowledged === 'number') onTheWay.delete(acknowledged);
  });
  let isDisconnected = false;
  child.once('disconnect', () => (isDisconnected = true));
  // It has exited, and everything it said was read.
  child.once('close', () => {
    // Node would wait for a message of the dead, and go on handing connections to it.
    if (!isDisconnected) child.emit('disconnect');
    for (const [ack, connection] of onTheWay) {
      if (!isAnotherListening()) connection.close();
      // As a worker says that is about to close: the next one gets it.
      else child.emit('internalMessage', { cmd: 'NODE_CLUSTER', ack, accepted: false });
    }
  });
}

function readField(message: unknown, name: string): unknown {
  return typeof message === 'object' && message !== null && name in message
    ? (message as Record<string, unknown>)[name]
    : undefined;
}

function isConnection(handle: unknown): handle is Connection {
  return (
    typeof handle === 'object' &&
    handle !== null &&
    'close' in handle &&
    typeof handle.close === 'function'
  );
}
