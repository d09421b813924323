/** What a notice says: what others have named ends within it. */
import type { Notice } from '../api/records.ts';
import { isolatedWithin } from '../text/isolated.ts';

export function noticeSentence({ text, parameters }: Notice): string {
  return isolatedWithin(text, Object.values(parameters));
}
