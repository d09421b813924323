/** What a password must be: long, and not what everybody knows of its owner. No rules of composition. */
import { invalidAt } from '../model/registry-error.ts';

export const passwordCharactersMin = 12;
export const passwordCharactersMax = 256;
/** Shorter names may stand in any password by chance. */
const tellingCharactersMin = 4;

/** The same password, however the keyboard composes its characters. */
export function normalizePassword(password: string): string {
  return password.normalize('NFKC');
}

/** Throws `invalid` at `pointer`; `owner` is whose password it is to be. */
export function requireGoodPassword(
  password: string,
  owner: { email: string; name: string },
  pointer = '/password',
): void {
  const length = Array.from(normalizePassword(password)).length;
  if (length < passwordCharactersMin || length > passwordCharactersMax) {
    throw invalidAt(
      pointer,
      `a password has ${passwordCharactersMin} to ${passwordCharactersMax} characters: several words are easy to keep`,
    );
  }
  const telling = [owner.email, owner.email.slice(0, owner.email.lastIndexOf('@')), owner.name]
    .map((text) => normalizePassword(text).toLowerCase())
    .filter((text) => text.length >= tellingCharactersMin);
  const lower = normalizePassword(password).toLowerCase();
  if (telling.some((text) => lower.includes(text))) {
    throw invalidAt(pointer, 'a password must not contain your name or your e-mail address');
  }
}
