/**
 * The signing keys in memory: what signs now, and what the JWKS shows. The last known good ring stays
 * when the database is away; whoever signs asks first whether it is still the newest.
 */
import { createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { nextStateAt, type SealedSigningKey } from '../model/signing-key.ts';
import { StoreUnavailable } from '../model/store-unavailable.ts';
import type { SigningAlgorithm } from '../model/signing-algorithm.ts';
import type { Store } from '../store/store.ts';
import type { KeyEncryption } from './key-encryption.ts';

export interface LoadedSigningKey {
  kid: string;
  algorithm: SigningAlgorithm;
  privateKey: KeyObject;
}

interface RingContent {
  signingKeysVersion: bigint;
  signing: ReadonlyMap<SigningAlgorithm, LoadedSigningKey>;
  verifying: ReadonlyMap<string, { algorithm: SigningAlgorithm; publicKey: KeyObject }>;
  /** The JWKS document (RFC 7517 §5). */
  jwks: string;
  /** When the first of the keys enters its next state by itself. */
  nextStateAt: Date | undefined;
}

/** No key of that algorithm signs: it was revoked, and its successor is not there yet. */
export class NoSigningKey extends Error {
  constructor(algorithm: SigningAlgorithm) {
    super(`no ${algorithm} key is signing: rotate one with "latchkey keys rotate"`);
    this.name = 'NoSigningKey';
  }
}

export class SigningKeyRing {
  readonly #store: Store;
  readonly #encryption: KeyEncryption;
  #content: RingContent = {
    signingKeysVersion: -1n,
    signing: new Map(),
    verifying: new Map(),
    jwks: '{"keys":[]}',
    nextStateAt: undefined,
  };
  #loading: Promise<void> | undefined;

  constructor(dependencies: { store: Store; encryption: KeyEncryption }) {
    this.#store = dependencies.store;
    this.#encryption = dependencies.encryption;
  }

  /** The JWKS as JSON, oldest key first. */
  get jwks(): string {
    return this.#content.jwks;
  }

  get isLoaded(): boolean {
    return this.#content.signing.size > 0;
  }

  /** Whether a key should have entered its next state by now. */
  isAnyDue(now: Date): boolean {
    const { nextStateAt: dueAt } = this.#content;
    return dueAt !== undefined && dueAt <= now;
  }

  findVerifyingKey(kid: string): { algorithm: SigningAlgorithm; publicKey: KeyObject } | undefined {
    return this.#content.verifying.get(kid);
  }

  /** Makes sure that nothing older than this version of the signing keys is used from here on. */
  async catchUpWith(signingKeysVersion: bigint): Promise<void> {
    for (let load = 0; this.#content.signingKeysVersion < signingKeysVersion; load += 1) {
      // The first may have begun before.
      if (load === 2)
        throw new StoreUnavailable(new Error('the signing keys are older than they were'));
      this.#loading ??= this.#load().finally(() => {
        this.#loading = undefined;
      });
      await this.#loading;
    }
  }

  /** What is loaded may be of a registry that is no more: `catchUpWith` loads it again. */
  outdate(): void {
    this.#content = { ...this.#content, signingKeysVersion: -1n };
  }

  /** Throws NoSigningKey. Call `catchUpWith` first. */
  getSigningKey(algorithm: SigningAlgorithm): LoadedSigningKey {
    const key = this.#content.signing.get(algorithm);
    if (key === undefined) throw new NoSigningKey(algorithm);
    return key;
  }

  async #load(): Promise<void> {
    // The version is read first: keys that change in between are loaded again, never missed.
    const { signingKeysVersion } = await this.#store.readState();
    const keys = await this.#store.read(({ signingKeys }) => signingKeys.listPublished());
    const signing = new Map<SigningAlgorithm, LoadedSigningKey>();
    for (const key of keys) {
      const loaded = await this.#open(key);
      if (loaded) signing.set(key.algorithm, loaded);
    }
    this.#content = {
      signingKeysVersion,
      signing,
      verifying: new Map(
        keys.map(({ kid, algorithm, publicJwk }) => [
          kid,
          {
            algorithm,
            publicKey: createPublicKey({ key: publicJwk as JsonWebKey, format: 'jwk' }),
          },
        ]),
      ),
      jwks: JSON.stringify({ keys: keys.map(({ publicJwk }) => publicJwk) }),
      nextStateAt: keys
        .flatMap((key) => nextStateAt(key) ?? [])
        .toSorted((one, other) => one.getTime() - other.getTime())[0],
    };
  }

  async #open(key: SealedSigningKey): Promise<LoadedSigningKey | undefined> {
    if (key.state !== 'signing' || key.privateJwe === null) return undefined;
    const privateJwk = await this.#encryption.open(key.privateJwe);
    return {
      kid: key.kid,
      algorithm: key.algorithm,
      privateKey: createPrivateKey({ key: privateJwk, format: 'jwk' }),
    };
  }
}
