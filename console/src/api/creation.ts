/** Creation from a form under an `Idempotency-Key`: a lost answer makes no second record. */
import { useRef } from 'react';
import { exchange } from './api-call.ts';

/** The same key as long as the same is asked for; what was typed differently, or is asked for once more, is another request. */
export function useCreation(): <Made>(path: string, body: object) => Promise<Made> {
  const attempt = useRef({ asked: '', key: '' });
  return async <Made>(path: string, body: object) => {
    const asked = `${path} ${JSON.stringify(body)}`;
    if (attempt.current.asked !== asked) attempt.current = { asked, key: crypto.randomUUID() };
    const idempotencyKey = attempt.current.key;
    const made = await exchange<Made>('POST', path, { body, idempotencyKey });
    attempt.current = { asked: '', key: '' };
    return made.body;
  };
}
