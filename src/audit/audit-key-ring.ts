/** The audit keys as this instance can use them: opened when first needed, made at first start, exchanged on demand. */
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import type {
  AuditKey,
  AuditPublicJwk,
  AuditSignatureType,
  AuditSigner,
  FreshAuditKey,
  SealedAuditKey,
} from '../model/audit-key.ts';
import { linkOfUnsigned } from '../model/audit-event-body.ts';
import { everything, type Actor } from '../model/principal.ts';
import type { RegistryChange } from '../store/change/registry-change.ts';
import type { Store } from '../store/store.ts';
import { AuditFault } from './audit-fault.ts';
import { signCompact, thumbprintOf } from './audit-signature.ts';

/** Seals private keys under the key-encryption key; a sealed key of another kind is never taken for one of these. */
export interface AuditKeyCipher {
  seal(privateJwk: object): Promise<string>;
  open(privateJwe: string): Promise<Record<string, unknown>>;
  /** Throws when it was sealed under another key-encryption key. */
  requireOwn(privateJwe: string): void;
}

/** What tells an audit key from a signing key of tokens, inside the sealed JWK (RFC 7517 §4.2). */
const use = 'latchkey-audit';
const rowsPerPage = 200;

export class AuditKeyRing implements AuditSigner {
  readonly #store: Store;
  readonly #cipher: AuditKeyCipher;
  readonly #opened = new Map<string, KeyObject>();

  constructor(dependencies: { store: Store; cipher: AuditKeyCipher }) {
    this.#store = dependencies.store;
    this.#cipher = dependencies.cipher;
  }

  async sign(
    kid: string,
    readKey: () => Promise<SealedAuditKey | undefined>,
    type: AuditSignatureType,
    payload: string,
  ): Promise<string> {
    const privateKey = this.#opened.get(kid) ?? (await this.#open(kid, await readKey()));
    return signCompact(privateKey, kid, type, payload);
  }

  /** A JWS by the present key, outside of a change: `kid` is that of the chain's end. */
  async signNow(kid: string, type: AuditSignatureType, payload: string): Promise<string> {
    const readKey = () => this.#store.read(({ auditKeys }) => auditKeys.find(kid));
    return this.sign(kid, readKey, type, payload);
  }

  /** In the order they signed. */
  async list(): Promise<AuditKey[]> {
    return this.#store.read(({ auditKeys }) => auditKeys.list());
  }

  /**
   * At first start: the one key that signs, whichever instance is faster. What was written before is sealed
   * by the first signature. Throws when the keys of this database are under another key-encryption key.
   */
  async ensureFirstKey(actor: Actor): Promise<void> {
    await this.#store.change(actor, async (change) => {
      await change.serialize('audit keys');
      const existing = (await change.auditKeys.list()).at(-1);
      if (existing) {
        await this.#open(existing.kid, existing);
        return change.unchanged();
      }
      for (const { privateJwe } of await change.signingKeys.listPublished()) {
        if (privateJwe !== null) this.#cipher.requireOwn(privateJwe);
      }
      const key = await this.#generate();
      const before = await linkUnsigned(change);
      change.changeChain({ kind: 'begin', key, ...before });
      change.affectsNothing();
      change.audit({
        action: 'audit_key.created',
        targetType: 'audit_key',
        targetId: key.kid,
        organizationId: null,
        details: { kid: key.kid, unsigned_through: Number(before.after) },
      });
    });
  }

  /** From the next event on another key signs; this one vouches for it, and can sign no more. */
  async rotate(actor: Actor): Promise<AuditKey> {
    const key = await this.#generate();
    const { version } = await this.#store.change(actor, async (change) => {
      await change.serialize('audit keys');
      const predecessor = (await change.auditKeys.list()).at(-1);
      change.changeChain({ kind: 'rotate', key });
      change.affectsNothing();
      change.onlyAdds();
      change.audit({
        action: 'audit_key.rotated',
        targetType: 'audit_key',
        targetId: key.kid,
        organizationId: null,
        details: { kid: key.kid, predecessor: predecessor?.kid ?? null },
      });
    });
    const made = await this.#store.read(({ auditKeys }) => auditKeys.find(key.kid));
    if (made === undefined) throw new Error(`audit key ${key.kid} of change ${version} is gone`);
    return made;
  }

  /**
   * The key that signs is one of ours, and nobody else could have put it there: it is sealed under our
   * key-encryption key. Throws AuditFault.
   */
  async requireOwn(key: SealedAuditKey): Promise<void> {
    try {
      await this.#openAnew(key.kid, key);
    } catch {
      // What is wrong with it does not matter: it is not what we have sealed.
      throw new AuditFault(
        'wrong_key',
        null,
        `audit key ${key.kid} is not sealed under the key-encryption key of this server`,
      );
    }
  }

  async #open(kid: string, key: SealedAuditKey | undefined): Promise<KeyObject> {
    const privateKey = await this.#openAnew(kid, key);
    this.#opened.set(kid, privateKey);
    return privateKey;
  }

  async #openAnew(kid: string, key: SealedAuditKey | undefined): Promise<KeyObject> {
    if (!key?.privateJwe) throw new Error(`audit key ${kid} cannot sign: it is not there any more`);
    const privateJwk = await this.#cipher.open(key.privateJwe);
    const { kty, crv, x, d } = privateJwk;
    // Made by #generate, and authenticated by the seal; which key it is must be asked.
    const publicJwk = { kty, crv, x } as AuditPublicJwk;
    if (privateJwk['use'] !== use || thumbprintOf(publicJwk) !== kid) {
      throw new Error(`audit key ${kid} cannot sign: another key was put in its place`);
    }
    return createPrivateKey({ key: { ...publicJwk, d: String(d) }, format: 'jwk' });
  }

  async #generate(): Promise<FreshAuditKey> {
    const { privateKey } = generateKeyPairSync('ed25519');
    const jwk = privateKey.export({ format: 'jwk' });
    const publicJwk: AuditPublicJwk = { kty: 'OKP', crv: 'Ed25519', x: String(jwk.x) };
    const kid = thumbprintOf(publicJwk);
    return {
      kid,
      publicJwk,
      privateJwe: await this.#cipher.seal({ ...publicJwk, d: jwk.d, kid, use }),
      signStatement: (payload) => signCompact(privateKey, kid, 'latchkey-audit-key', payload),
    };
  }
}

/** Everything that was written before there was a key, folded into one link. */
async function linkUnsigned(
  change: RegistryChange,
): Promise<{ after: bigint; link: string | null }> {
  let link: string | null = null;
  let after = 0n;
  for (;;) {
    const rows = await change.auditEvents.readChain(
      { sight: everything },
      { after, through: BigInt(Number.MAX_SAFE_INTEGER) },
      rowsPerPage,
    );
    for (const { body, sequence } of rows) {
      link = linkOfUnsigned(link, body);
      after = sequence;
    }
    if (rows.length < rowsPerPage) return { after, link };
  }
}
