/** What has been read from the admin API, kept for a moment; nothing that holds a secret is ever in it. */
import { QueryClient } from '@tanstack/react-query';
import { ApiProblem } from './api-problem.ts';

const freshMillis = 5_000;
const retriesMax = 2;

/** No answer and 503 pass by themselves; a refusal does not. */
function isPassing(error: unknown): boolean {
  return error instanceof ApiProblem && [0, 502, 503, 504].includes(error.status);
}

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: freshMillis,
      retry: (count, error) => count < retriesMax && isPassing(error),
    },
    // The answer of a mutation may hold a secret: it is gone as soon as nobody shows it.
    mutations: { gcTime: 0 },
  },
});
