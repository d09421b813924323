/**
 * The key-encryption key of embedded mode, made at first start. It lies beside the data it protects: for
 * a laptop, not for production.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const keyPattern = /^[A-Za-z0-9+/]{43}=$/;

/** 32 bytes in base64, readable for this user alone. Call it while the data directory is locked. */
export function ensureKeyEncryptionKeyFile(dataDir: string): string {
  const file = join(dataDir, 'key-encryption-key');
  if (!existsSync(file)) {
    // Whole or not at all: half a key would lock everybody out for good.
    const unfinished = `${file}.new`;
    writeFileSync(unfinished, randomBytes(32).toString('base64'), { mode: 0o600, flush: true });
    renameSync(unfinished, file);
  }
  chmodSync(file, 0o600);
  const keyEncryptionKey = readFileSync(file, 'utf8').trim();
  if (!keyPattern.test(keyEncryptionKey)) {
    throw new Error(
      `${file} is not 32 bytes in base64: restore it from a backup, the signing keys cannot be read without it`,
    );
  }
  return keyEncryptionKey;
}
