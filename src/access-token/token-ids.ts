/** Makes `jti`s (model/token-id.ts): the part that is the same for many tokens is written once. */
import { randomFillSync } from 'node:crypto';
import { base62Alphabet, encodeBase62 } from '../model/base62.ts';
import { serialWidth, tokenIdRandomWidth, versionWidth } from '../model/token-id.ts';

const poolBytes = 8_192;

export class TokenIds {
  readonly #pool = Buffer.alloc(poolBytes);
  #used = poolBytes;
  #version = { number: -1n, digits: '' };

  next(registryVersion: bigint, credentialSerial: bigint): string {
    if (registryVersion !== this.#version.number) {
      this.#version = {
        number: registryVersion,
        digits: encodeBase62(registryVersion, versionWidth),
      };
    }
    const serial = encodeBase62(credentialSerial, serialWidth);
    return this.#version.digits + serial + this.#randomDigits();
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
