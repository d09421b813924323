/** Who is signed in, and what they may do: read once, then asked again by whoever needs it. */
import { queryOptions, useSuspenseQuery } from '@tanstack/react-query';
import { exchange, get, setCsrfToken } from '../api/api-call.ts';
import { ApiProblem } from '../api/api-problem.ts';
import { queryClient } from '../api/query-client.ts';
import type { Me, Permission, SignedIn } from '../api/records.ts';
import { forgetInputOfOthers } from './kept-input.ts';

export interface Session {
  me: Me;
  /** Record id of the member. */
  memberId: string;
  sessionId: string;
}

const sessionKey = ['session'];

/** null: nobody is signed in. */
export const sessionQuery = queryOptions({
  queryKey: sessionKey,
  staleTime: 60_000,
  queryFn: async (): Promise<Session | null> => {
    try {
      const signedIn = await get<SignedIn>('/session');
      setCsrfToken(signedIn.csrf_token);
      forgetInputOfOthers(signedIn.member);
      const me = await get<Me>('/me');
      return { me, memberId: signedIn.member, sessionId: signedIn.id };
    } catch (error) {
      // Whoever was here is led to the door by the call itself, or stays with what is shown this once.
      const wasHere = Boolean(queryClient.getQueryData(sessionKey));
      if (error instanceof ApiProblem && error.status === 401 && !wasHere) return null;
      throw error;
    }
  },
});

/** Throws what `POST /session` refuses. */
export async function signIn(email: string, password: string): Promise<void> {
  const { body } = await exchange<SignedIn>('POST', '/session', { body: { email, password } });
  setCsrfToken(body.csrf_token);
  // Whoever was here before has left nothing behind.
  queryClient.clear();
}

/** At the door, when no page shows it any more: whatever was read. */
export function forgetSession(): void {
  setCsrfToken(undefined);
  queryClient.clear();
}

/** Of a page that only somebody signed in sees. */
export function useSession(): Session {
  const { data } = useSuspenseQuery(sessionQuery);
  if (data === null) throw new ApiProblem(401, { detail: 'Nobody is signed in.' });
  return data;
}

/** Whether the member holds the permission; what shows is decided here, what happens by the server. */
export function useMay(): (permission: Permission) => boolean {
  const { me } = useSession();
  return (permission) => me.permissions.includes(permission);
}
