/**
 * The key-encryption key of embedded mode, made at first start. It lies beside the data it protects: for
 * a laptop, not for production.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const keyPattern = /^[A-Za-z0-9+/]{43}=$/;

/** The file is missing or damaged, and the signing keys cannot be read without it. */
export class KeyEncryptionKeyLost extends Error {
  constructor(fault: string) {
    super(
      `${fault}: the signing keys in the database beside it cannot be read without it. Lost for good, it has no substitute: begin anew in an empty folder, with LATCHKEY_DATA_DIR`,
    );
    this.name = 'KeyEncryptionKeyLost';
  }
}

export function keyEncryptionKeyFile(dataDir: string): string {
  return join(dataDir, 'key-encryption-key');
}

/**
 * 32 bytes in base64, readable for this user alone. Call it while the data directory is locked. A missing
 * file is made when nothing `isSealed` under an earlier one; else it throws KeyEncryptionKeyLost, as for
 * a damaged one.
 */
export function ensureKeyEncryptionKeyFile(dataDir: string, isSealed: boolean): string {
  const file = keyEncryptionKeyFile(dataDir);
  if (!existsSync(file)) {
    if (isSealed) {
      throw new KeyEncryptionKeyLost(
        `the file ${file} is missing: put it back, or set LATCHKEY_KEY_ENCRYPTION_KEY if the key was given there`,
      );
    }
    // Whole or not at all: half a key would lock everybody out for good.
    const unfinished = `${file}.new`;
    writeFileSync(unfinished, randomBytes(32).toString('base64'), { mode: 0o600, flush: true });
    renameSync(unfinished, file);
  }
  chmodSync(file, 0o600);
  const keyEncryptionKey = readFileSync(file, 'utf8').trim();
  if (!keyPattern.test(keyEncryptionKey)) {
    throw new KeyEncryptionKeyLost(`${file} is not 32 bytes in base64: restore it from a backup`);
  }
  return keyEncryptionKey;
}
