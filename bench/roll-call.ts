/** Asks once for a token of each of many clients, so that the server remembers them all. */
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { requestBody, requestContentType, tokenPath } from './load-profile.ts';
import { sampleAuthorization } from './sample-credential.ts';

export interface Roll {
  kind: 'roll';
  issuer: string;
  connections: number;
  /** From one client to before another. */
  from: number;
  to: number;
}

export interface RollResult {
  tokens: number;
  /** Answers that were no token, by status. */
  refusals: Record<string, number>;
}

/** A server that reads many clients may ask for patience. */
const attemptsMax = 20;
const patienceMillis = 250;

export async function askForEveryClient(roll: Roll): Promise<RollResult> {
  const { issuer, connections, from, to } = roll;
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const url = new URL(issuer.replace('localhost', '127.0.0.1') + tokenPath);
  const result: RollResult = { tokens: 0, refusals: {} };
  let next = from;
  const askInTurn = async () => {
    while (next < to) {
      const authorization = sampleAuthorization(next++);
      const status = await askPatiently(url, agent, authorization);
      if (status === 200) result.tokens += 1;
      else result.refusals[status] = (result.refusals[status] ?? 0) + 1;
    }
  };
  try {
    await Promise.all(Array.from({ length: connections }, askInTurn));
  } finally {
    agent.destroy();
  }
  return result;
}

async function askPatiently(url: URL, agent: Agent, authorization: string): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    const status = await ask(url, agent, authorization);
    if (status !== 503 || attempt === attemptsMax) return status;
    await sleep(patienceMillis);
  }
}

function ask(url: URL, agent: Agent, authorization: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = request(
      url,
      {
        agent,
        method: 'POST',
        headers: {
          authorization,
          'content-type': requestContentType,
          'content-length': Buffer.byteLength(requestBody),
        },
      },
      (answer) => {
        answer.resume();
        answer.once('error', reject);
        answer.once('end', () => resolve(answer.statusCode ?? 0));
      },
    );
    asked.once('error', reject);
    asked.end(requestBody);
  });
}
