/** Makes `jti`s (model/token-id.ts): what is the same for many tokens is written once. */
import { randomFillSync } from 'node:crypto';
import { base62Alphabet } from '../model/base62.ts';
import { formatTokenIdPrefix, tokenIdRandomWidth } from '../model/token-id.ts';

const poolBytes = 8_192;

export class TokenIds {
  readonly #pool = Buffer.alloc(poolBytes);
  #used = poolBytes;
  /** Of the registry version below, by credential serial; few credentials ask often. */
  #prefixes = new Map<bigint, string>();
  #prefixesVersion = -1n;

  next(registryVersion: bigint, credentialSerial: bigint): string {
    return this.#prefix(registryVersion, credentialSerial) + this.#randomDigits();
  }

  #prefix(registryVersion: bigint, credentialSerial: bigint): string {
    if (registryVersion !== this.#prefixesVersion || this.#prefixes.size >= prefixesMax) {
      this.#prefixes.clear();
      this.#prefixesVersion = registryVersion;
    }
    const known = this.#prefixes.get(credentialSerial);
    if (known !== undefined) return known;
    const prefix = formatTokenIdPrefix({ registryVersion, credentialSerial });
    this.#prefixes.set(credentialSerial, prefix);
    return prefix;
  }

  /** Each digit is drawn evenly: of 64 values the two without a digit are drawn again. */
  #randomDigits(): string {
    let digits = '';
    while (digits.length < tokenIdRandomWidth) {
      if (this.#used === poolBytes) {
        randomFillSync(this.#pool);
        this.#used = 0;
      }
      // Within the pool.
      const worth = (this.#pool[this.#used] ?? 0) & 63;
      this.#used += 1;
      digits += base62Alphabet[worth] ?? '';
    }
    return digits;
  }
}

const prefixesMax = 10_000;
