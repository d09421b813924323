/** Which client_ids exist at all, so that guessing at one costs no question to the database. */
import { hash } from 'node:crypto';

const pageSize = 10_000;
/** About 40 bytes each. A registry with more than this pays for guesses with questions. */
const idsMax = 8_000_000;
/** Bits of the digest that are kept: two ids in 10^14 share them, and then one question is asked in vain. */
const fingerprintBytes = 6;

type ListClientIds = (after: string, limit: number) => Promise<string[]>;

export class KnownClientIds {
  readonly #list: ListClientIds;
  readonly #pageSize: number;
  readonly #fingerprints = new Set<number>();
  /** Counts the times that ids may have been missed; a scan that began before is worth nothing. */
  #missed = 0;
  #complete = false;
  #scanning: Promise<void> | undefined;

  constructor(list: ListClientIds, rowsPerPage = pageSize) {
    this.#list = list;
    this.#pageSize = rowsPerPage;
  }

  /** False only when there certainly is no such client_id. */
  mayExist(clientId: string): boolean {
    return !this.#complete || this.#fingerprints.has(fingerprint(clientId));
  }

  /** An id is never taken back: its client may be deleted, but is known. */
  add(clientId: string): void {
    if (this.#fingerprints.size < idsMax) this.#fingerprints.add(fingerprint(clientId));
    else this.#complete = false;
  }

  /** Some may have been made that were not added. Until `scan` has ended, every id may exist. */
  mayHaveMissedSome(): void {
    this.#missed += 1;
    this.#complete = false;
  }

  /** Reads them all, in pages; whoever comes while it runs waits for the same. */
  scan(): Promise<void> {
    this.#scanning ??= this.#readAll().finally(() => {
      this.#scanning = undefined;
    });
    return this.#scanning;
  }

  async #readAll(): Promise<void> {
    while (!this.#complete) {
      const missedBefore = this.#missed;
      let page: string[];
      let after = '';
      do {
        page = await this.#list(after, this.#pageSize);
        for (const clientId of page) this.add(clientId);
        after = page.at(-1) ?? '';
      } while (page.length === this.#pageSize && this.#fingerprints.size < idsMax);
      if (this.#fingerprints.size >= idsMax) return;
      this.#complete = this.#missed === missedBefore;
    }
  }
}

function fingerprint(clientId: string): number {
  return hash('sha256', clientId, 'buffer').readUIntBE(0, fingerprintBytes);
}
