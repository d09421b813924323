/** How far the organization has come: asked of the server, so that the steps can be left and taken up again. */
import { useQuery } from '@tanstack/react-query';
import { get } from '../api/api-call.ts';
import type { Api, Client, Organization, Page, Usage } from '../api/records.ts';
import { useSession } from '../session/session.tsx';

const apisMax = 200;
const waitingMillis = 2_000;

export interface Progress {
  isLoading: boolean;
  problem: Error | null;
  organization: Organization | undefined;
  /** Whether somebody has given it its name. */
  isNamed: boolean;
  /** The oldest that is not the admin API. */
  api: Api | undefined;
  /** The oldest that is granted it. */
  client: Client | undefined;
  /** Access tokens that the server has issued to that client. */
  tokens: number;
}

export function useProgress(): Progress {
  const { me } = useSession();
  const organization = useQuery({
    queryKey: ['/organizations', me.organization],
    queryFn: ({ signal }) =>
      get<Organization>(`/organizations/${me.organization}`, undefined, signal),
  });
  const apis = useQuery({
    queryKey: ['/apis', 'first'],
    queryFn: ({ signal }) =>
      get<Page<Api>>('/apis', { sort: 'created_at', limit: apisMax }, signal),
  });
  const api = apis.data?.data.find(({ built_in: isBuiltIn }) => !isBuiltIn);
  const clients = useQuery({
    queryKey: ['/clients', 'first', api?.id],
    queryFn: ({ signal }) =>
      get<Page<Client>>('/clients', { api: api?.id, sort: 'created_at', limit: 1 }, signal),
    enabled: api !== undefined,
  });
  const client = clients.data?.data[0];
  const usage = useQuery({
    queryKey: ['/usage', 'first', client?.id],
    queryFn: ({ signal }) =>
      get<Page<Usage>>('/usage', { client: client?.id, group_by: 'client' }, signal),
    enabled: client !== undefined,
    // Until the server has seen one.
    refetchInterval: ({ state }) => ((state.data?.data.length ?? 0) > 0 ? false : waitingMillis),
  });
  return {
    isLoading: organization.isPending || apis.isPending || clients.isLoading || usage.isLoading,
    problem: organization.error ?? apis.error ?? clients.error ?? usage.error,
    organization: organization.data,
    isNamed:
      organization.data !== undefined &&
      organization.data.created_at !== organization.data.updated_at,
    api,
    client,
    tokens: (usage.data?.data ?? []).reduce((sum, { tokens }) => sum + tokens, 0),
  };
}
