/** Private keys at rest: a private JWK inside a compact JWE, `dir` + A256GCM (RFC 7516, RFC 7518 §4.5). */
import { createHash } from 'node:crypto';
import { CompactEncrypt, compactDecrypt, decodeProtectedHeader, type JWK } from 'jose';

/** The stored keys were encrypted under another key-encryption key. */
export class WrongKeyEncryptionKey extends Error {
  constructor(usedKeyId: string, ownKeyId: string, source: string) {
    super(
      `the signing keys in the database are encrypted under key-encryption key ${usedKeyId}, but ${source} is ${ownKeyId}: start with the key of that database`,
    );
    this.name = 'WrongKeyEncryptionKey';
  }
}

export class KeyEncryption {
  readonly #key: Buffer;
  /** Names the key in the JWE header without giving it away. */
  readonly keyId: string;
  readonly #source: string;

  /** `keyEncryptionKey` is 32 bytes in base64; `source` says where it came from, for messages. */
  constructor(keyEncryptionKey: string, source = 'LATCHKEY_KEY_ENCRYPTION_KEY') {
    this.#source = source;
    this.#key = Buffer.from(keyEncryptionKey, 'base64');
    this.keyId = createHash('sha256').update(this.#key).digest('base64url').slice(0, 12);
  }

  async seal(privateJwk: JWK): Promise<string> {
    return new CompactEncrypt(Buffer.from(JSON.stringify(privateJwk)))
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: this.keyId })
      .encrypt(this.#key);
  }

  /** Throws WrongKeyEncryptionKey when the JWE was made with another key. */
  async open(privateJwe: string): Promise<JWK> {
    this.requireOwn(privateJwe);
    const { plaintext } = await compactDecrypt(privateJwe, this.#key, {
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
    });
    // Written by seal above, and authenticated by the JWE's tag.
    return JSON.parse(Buffer.from(plaintext).toString('utf8')) as JWK;
  }

  /** Throws WrongKeyEncryptionKey when the JWE names another key; whether it can be opened is not looked at. */
  requireOwn(privateJwe: string): void {
    const { kid } = decodeProtectedHeader(privateJwe);
    if (kid !== this.keyId) throw new WrongKeyEncryptionKey(String(kid), this.keyId, this.#source);
  }
}
