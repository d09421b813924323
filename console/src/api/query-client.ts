/** What has been read from the admin API, kept for a moment; nothing that holds a secret is ever in it. */
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiProblem } from './api-problem.ts';

const freshMillis = 5_000;
const retriesMax = 2;

type Listener = () => void;
const listeners = new Set<Listener>();

/** Called when an answer says that the session has ended. */
export function onSessionEnd(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function noteError(error: unknown): void {
  if (error instanceof ApiProblem && error.status === 401) {
    for (const listener of listeners) listener();
  }
}

/** No answer and 503 pass by themselves; a refusal does not. */
function isPassing(error: unknown): boolean {
  return error instanceof ApiProblem && [0, 502, 503, 504].includes(error.status);
}

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: noteError }),
  mutationCache: new MutationCache({ onError: noteError }),
  defaultOptions: {
    queries: {
      staleTime: freshMillis,
      retry: (count, error) => count < retriesMax && isPassing(error),
    },
    // The answer of a mutation may hold a secret: it is gone as soon as nobody shows it.
    mutations: { gcTime: 0 },
  },
});
