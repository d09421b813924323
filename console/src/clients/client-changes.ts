/** After a change of a client: everything that was read of clients is read again. */
import { useQueryClient } from '@tanstack/react-query';
import type { Client } from '../api/records.ts';

export function useClientsChanged(): () => Promise<void> {
  const queryClient = useQueryClient();
  return () =>
    queryClient.invalidateQueries({
      // `/clients`, and the lists that belong to one: `/clients/{id}/secrets`.
      predicate: ({ queryKey: [path] }) => typeof path === 'string' && path.startsWith('/clients'),
    });
}

export interface ReadClient {
  client: Client;
  /** Sent back with a change, which is refused when somebody else was faster. */
  etag: string | undefined;
}
