/** The `Idempotency-Key` of a form: the same as long as the same is asked for, so that a lost answer makes no second record. */
import { useRef } from 'react';

/** Called with what is to be sent; what was typed differently is another request. */
export function useAttemptKey(): (body: object) => string {
  const attempt = useRef({ asked: '', key: '' });
  return (body) => {
    const asked = JSON.stringify(body);
    if (attempt.current.asked !== asked) attempt.current = { asked, key: crypto.randomUUID() };
    return attempt.current.key;
  };
}
