/**
 * The rules of a signing key's life (DESIGN §8): the first key of an algorithm signs at once; every later
 * one is published long enough for validators to have fetched it before it signs.
 */
import type { Page, PageRequest } from '../model/page.ts';
import type { Actor } from '../model/principal.ts';
import { invalidAt, notFound, RegistryError } from '../model/registry-error.ts';
import { initialSigningAlgorithms, type SigningAlgorithm } from '../model/signing-algorithm.ts';
import { nextStateAt, type SealedSigningKey, type SigningKey } from '../model/signing-key.ts';
import type { RegistryChange } from '../store/change/registry-change.ts';
import type { Store } from '../store/store.ts';
import type { KeyEncryption } from './key-encryption.ts';
import type { SigningKeyRing } from './signing-key-ring.ts';
import { generateSigningKey, type FreshSigningKey } from './signing-key-generator.ts';
import {
  activate,
  auditKey,
  insertSigning,
  insertSuccessor,
  removeRetired,
  retire,
} from './signing-key-steps.ts';

export const publishAheadSecondsDefault = 24 * 3600;
/** jose caches a JWKS for 10 minutes. */
export const publishAheadSecondsMin = 15 * 60;
export const publishAheadSecondsMax = 30 * 24 * 3600;
export interface RotationRequest {
  algorithm: SigningAlgorithm;
  publishAheadSeconds: number;
  /** Signs at once: validators that cache the JWKS refuse the new tokens until they fetch it again. */
  emergency: boolean;
}

export class SigningKeyRotation {
  readonly #store: Store;
  readonly #encryption: KeyEncryption;
  readonly #ring: SigningKeyRing;
  /** Made, or being made, for algorithms that nobody used yet. */
  readonly #firstKeys = new Map<SigningAlgorithm, Promise<FreshSigningKey>>();

  /** `ring` is this instance's own: what it acknowledges shows in its JWKS at once, elsewhere in a second. */
  constructor(dependencies: { store: Store; encryption: KeyEncryption; ring: SigningKeyRing }) {
    this.#store = dependencies.store;
    this.#encryption = dependencies.encryption;
    this.#ring = dependencies.ring;
  }

  /** Every key there ever was. */
  async list(page: PageRequest): Promise<Page<SigningKey>> {
    return this.#store.read(({ signingKeys }) => signingKeys.list(page));
  }

  /**
   * At first start: one signing key per initial algorithm, whichever instance is faster. Throws
   * WrongKeyEncryptionKey before it adds a key that the other instances could not read.
   */
  async ensureInitialKeys(actor: Actor): Promise<void> {
    for (const algorithm of initialSigningAlgorithms) {
      const existing = await this.#store.read(({ signingKeys }) =>
        signingKeys.findInState(algorithm, 'signing'),
      );
      if (existing) continue;
      const fresh = await generateSigningKey(algorithm, this.#encryption);
      await this.#store.change(actor, async (change) => {
        await change.serialize('signing keys');
        for (const key of await change.signingKeys.listPublished()) {
          if (key.privateJwe !== null) this.#encryption.requireOwn(key.privateJwe);
        }
        if (!(await insertSigning(change, fresh))) return change.unchanged();
        auditKey(change, 'signing_key.created', fresh.kid, { algorithm, state: 'signing' });
      });
    }
  }

  /** What puts an algorithm's first key into a change; undefined when the algorithm has one. */
  async prepareFirstKey(
    algorithm: SigningAlgorithm,
  ): Promise<((change: RegistryChange) => Promise<boolean>) | undefined> {
    const existing = await this.#store.read(({ signingKeys }) =>
      signingKeys.findInState(algorithm, 'signing'),
    );
    if (existing) return undefined;
    // An RSA key costs a good part of a second: however many ask, it is made once.
    let pending = this.#firstKeys.get(algorithm);
    if (pending === undefined) {
      pending = generateSigningKey(algorithm, this.#encryption);
      this.#firstKeys.set(algorithm, pending);
      pending.catch(() => this.#firstKeys.delete(algorithm));
    }
    const fresh = await pending;
    return (change) => insertSigning(change, fresh);
  }

  /** Publishes a successor, which signs when its time has come; or at once in an emergency. */
  async rotate(actor: Actor, request: RotationRequest): Promise<SealedSigningKey> {
    if (!request.emergency && request.publishAheadSeconds < publishAheadSecondsMin) {
      throw invalidAt(
        '/publish_ahead_seconds',
        `publish_ahead_seconds must be at least ${publishAheadSecondsMin}: validators cache the JWKS`,
      );
    }
    const { algorithm, emergency } = request;
    const fresh = await generateSigningKey(algorithm, this.#encryption);
    const { value, version } = await this.#store.change(actor, async (change) => {
      // States are read before they are written, so nobody else may change one in between.
      await change.serialize('signing keys');
      const current = await change.signingKeys.findInState(algorithm, 'signing');
      const waiting = await change.signingKeys.findInState(algorithm, 'published');
      if (waiting && !emergency) {
        throw new RegistryError(
          'conflict',
          `the ${algorithm} key ${waiting.kid} is already published and will sign from ${waiting.signsAt.toISOString()}`,
        );
      }
      const signsNow = emergency || current === undefined;
      const signsAt = signsNow
        ? change.now
        : new Date(change.now.getTime() + request.publishAheadSeconds * 1000);
      if (signsNow && waiting) await retire(change, waiting);
      if (signsNow && current) await retire(change, current);
      const key = await insertSuccessor(change, fresh, {
        signsAt,
        emergency,
        predecessor: current,
      });
      if (!key) {
        throw new RegistryError(
          'conflict',
          `another instance is rotating the ${algorithm} key at this very moment`,
        );
      }
      return key;
    });
    if (version !== undefined) await this.#ring.catchUpWith(version);
    return value;
  }

  /**
   * Publishes a successor for each key that will soon have signed for `periodDays`, which signs when these are
   * over; after a long sleep one, and not as many as were missed.
   */
  async rotateDue(actor: Actor, periodDays: number): Promise<void> {
    const { now } = await this.#store.readState();
    const keys = await this.#store.read(({ signingKeys }) => signingKeys.listPublished());
    for (const { kid, algorithm } of keys.filter((key) => isOld(key, keys, periodDays, now))) {
      const fresh = await generateSigningKey(algorithm, this.#encryption);
      await this.#store.change(actor, async (change) => {
        await change.serialize('signing keys');
        // Another instance, or somebody, may have been faster.
        const published = await change.signingKeys.listPublished();
        const predecessor = published.find((key) => key.kid === kid);
        if (!predecessor || !isOld(predecessor, published, periodDays, change.now)) {
          return change.unchanged();
        }
        const signsAt = new Date(change.now.getTime() + publishAheadSecondsDefault * 1000);
        const details = { signsAt, emergency: false, predecessor };
        if (!(await insertSuccessor(change, fresh, details))) change.unchanged();
      });
    }
  }

  /** Out of the JWKS at once. A signing key is replaced in the same moment. */
  async revoke(actor: Actor, kid: string): Promise<SealedSigningKey> {
    const key = await this.#store.read(({ signingKeys }) => signingKeys.find(kid));
    if (!key || key.state === 'gone') throw notFound('signing key');
    if (key.state === 'revoked') return key;
    const successor =
      key.state === 'signing'
        ? await generateSigningKey(key.algorithm, this.#encryption)
        : undefined;
    const { version } = await this.#store.change(actor, async (change) => {
      await change.serialize('signing keys');
      const current = await change.signingKeys.find(kid);
      if (current?.state === 'revoked') return change.unchanged();
      if (current?.state !== key.state) {
        throw new RegistryError(
          'conflict',
          'the signing key changed its state at this very moment: look again',
        );
      }
      await change.signingKeys.update(kid, {
        state: 'revoked',
        revokedAt: change.now,
        privateJwe: null,
      });
      if (successor) await insertSigning(change, successor);
      change.touchSigningKeys();
      auditKey(change, 'signing_key.revoked', kid, {
        algorithm: key.algorithm,
        state: key.state,
        successor: successor?.kid ?? null,
      });
    });
    if (version !== undefined) await this.#ring.catchUpWith(version);
    const revoked = await this.#store.read(({ signingKeys }) => signingKeys.find(kid));
    if (!revoked) throw notFound('signing key');
    return revoked;
  }

  /** What is due: published keys begin to sign, retiring ones leave. */
  async advance(actor: Actor): Promise<void> {
    const { now } = await this.#store.readState();
    const due = await this.#store.read(async ({ signingKeys }) =>
      (await signingKeys.listPublished()).filter((key) => isDue(key, now)),
    );
    for (const key of due) {
      await this.#store.change(actor, async (change) => {
        await change.serialize('signing keys');
        // Another instance may have been faster, or the key may have been revoked meanwhile.
        const current = await change.signingKeys.find(key.kid);
        if (!current || current.state !== key.state || !isDue(current, change.now))
          return change.unchanged();
        if (current.state === 'published') await activate(change, current);
        else await removeRetired(change, current);
      });
    }
  }
}

function isDue(key: SigningKey, now: Date): boolean {
  const dueAt = nextStateAt(key);
  return dueAt !== undefined && dueAt <= now;
}

/** It signs, will have done so for the period when a successor that is published now may, and has none. */
function isOld(
  key: SigningKey,
  published: readonly SigningKey[],
  periodDays: number,
  now: Date,
): boolean {
  const dueAt = key.signsAt.getTime() + (periodDays * 86_400 - publishAheadSecondsDefault) * 1000;
  const hasSuccessor = published.some(
    ({ algorithm, state }) => algorithm === key.algorithm && state === 'published',
  );
  return key.state === 'signing' && now.getTime() >= dueAt && !hasSuccessor;
}
