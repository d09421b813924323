/**
 * argon2id with the parameters of OWASP's Password Storage Cheat Sheet (19 MiB, two passes), off the event
 * loop, and few at once: whoever signs in, or only tries to, must not take the processors from the token road.
 */
import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { hash, verify } from '@node-rs/argon2';
import { RegistryError } from '../model/registry-error.ts';
import { normalizePassword } from './password-rules.ts';

// The package's enum of algorithms exists for the type checker alone: 2 is argon2id.
const parameters = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
/** One core of a small machine, and never more than half of the threads that also read files. */
const atOnceMax = availableParallelism() > 2 ? 2 : 1;
/** Some 10 s of work: whoever comes later is told to come again. */
const waitingMax = 200;
/** Of one network, so that a flood from there leaves room for everybody else. */
const waitingOfSourceMax = 10;

export class PasswordHashing {
  /** Compared where there is no password to compare with: no work tells a known address from an unknown one. */
  readonly #decoy = hash(randomBytes(32).toString('hex'), parameters);
  readonly #waiting: { source: string; start: () => void }[] = [];
  #running = 0;

  /** As a PHC string. `source` is the network it is asked from. */
  async hash(password: string, source: string): Promise<string> {
    return this.#inTurn(source, () => hash(normalizePassword(password), parameters));
  }

  /** False as well, and as late, when there is no `passwordHash`. */
  async verify(
    passwordHash: string | undefined,
    password: string,
    source: string,
  ): Promise<boolean> {
    const known = passwordHash ?? (await this.#decoy);
    const matches = await this.#inTurn(source, () => verify(known, normalizePassword(password)));
    return matches && passwordHash !== undefined;
  }

  async #inTurn<T>(source: string, work: () => Promise<T>): Promise<T> {
    if (this.#running >= atOnceMax) await this.#turn(source);
    else this.#running += 1;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next.start();
      else this.#running -= 1;
    }
  }

  /** Resolves when the place of somebody who has finished is free for this one. */
  #turn(source: string): Promise<void> {
    const ofSource = this.#waiting.filter((waiting) => waiting.source === source).length;
    if (ofSource >= waitingOfSourceMax || this.#waiting.length >= waitingMax) {
      throw new RegistryError(
        'too_many_requests',
        'too many passwords at once: try again in a moment',
      );
    }
    return new Promise((start) => this.#waiting.push({ source, start }));
  }
}
