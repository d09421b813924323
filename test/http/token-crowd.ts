/** A crowd that asks a server of this very process for tokens, all in one turn of its event loop. */
import { HttpConnections } from '../support/http-connections.ts';
import type { Credential } from '../support/server-process.ts';
import { tokenRequest } from '../support/token-request.ts';

/** More than an ordinary turn has, and each of them takes long enough for the turn to be too long. */
const size = 60;
const millisEach = 5;

export class TokenCrowd {
  /** For how long the server does nothing else when a token is asked for. */
  #busyMillis = 0;

  /** For the server's options. */
  readonly onFastLane = (): void => {
    const end = performance.now() + this.#busyMillis;
    while (performance.now() < end);
  };

  /** What `send` writes at once comes behind the crowd at `port`, in the same turn. */
  async comeBefore<Result>(
    { port, operator }: { port: number; operator: Credential },
    send: () => Promise<Result>,
  ): Promise<Result> {
    const ahead = await Promise.all(Array.from({ length: size }, () => openConnection(port)));
    try {
      this.#busyMillis = millisEach;
      // All are written before the server reads any of them: in their order.
      const served = ahead.map((each) => each.send(tokenRequest(operator)));
      const result = await send();
      await Promise.all(served);
      return result;
    } finally {
      this.#busyMillis = 0;
      for (const each of ahead) each.close();
    }
  }
}

/** One connection that is kept alive, and that the server has taken. */
export async function openConnection(port: number): Promise<HttpConnections> {
  const connection = new HttpConnections(port, 1);
  await connection.send({ path: '/health/live' });
  return connection;
}
