/** Asks the database about clients: many at once in one statement, and the same client only once. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { StoreUnavailable } from '../model/store-unavailable.ts';
import type { TokenClientQuestion, TokenClientReading } from '../model/token-client.ts';

const questionsAtOnceMax = 100;
const statementsAtOnceMax = 2;
/** More than a database answers in the time a caller waits: the rest is told to come again. */
const waitingMax = 5_000;

type ReadMany = (questions: readonly TokenClientQuestion[]) => Promise<TokenClientReading[]>;

interface Waiting {
  question: TokenClientQuestion;
  resolve: (reading: TokenClientReading) => void;
  reject: (error: unknown) => void;
}

export class ClientQuestions {
  readonly #readMany: ReadMany;
  /** By what is asked; a statement takes the first ones. */
  readonly #waiting = new Map<string, Waiting & { answer: Promise<TokenClientReading> }>();
  /** Under load it runs for ever, and must not do so in the async context of the first request. */
  readonly #outsideOfRequests = AsyncLocalStorage.snapshot();
  #running = 0;

  constructor(readMany: ReadMany) {
    this.#readMany = readMany;
  }

  /** Throws StoreUnavailable, also when too many are waiting. */
  ask(question: TokenClientQuestion): Promise<TokenClientReading> {
    const key = `${question.clientId} ${question.presentedDigest?.toString('base64') ?? ''}`;
    const same = this.#waiting.get(key);
    if (same) return same.answer;
    if (this.#waiting.size >= waitingMax) {
      return Promise.reject(new StoreUnavailable(new Error('too many questions are waiting')));
    }
    const { promise: answer, resolve, reject } = Promise.withResolvers<TokenClientReading>();
    this.#waiting.set(key, { question, resolve, reject, answer });
    if (this.#running < statementsAtOnceMax) {
      this.#running += 1;
      // Whoever comes in the same turn of the event loop goes with the same statement.
      setImmediate(() => void this.#outsideOfRequests(() => this.#run()));
    }
    return answer;
  }

  async #run(): Promise<void> {
    while (this.#waiting.size > 0) {
      const batch: Waiting[] = [];
      for (const [key, waiting] of this.#waiting) {
        this.#waiting.delete(key);
        batch.push(waiting);
        if (batch.length === questionsAtOnceMax) break;
      }
      try {
        const readings = await this.#readMany(batch.map(({ question }) => question));
        for (const [index, { resolve, reject }] of batch.entries()) {
          const reading = readings[index];
          if (reading === undefined) reject(new Error('a question was not answered'));
          else resolve(reading);
        }
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#running -= 1;
  }
}
