/** How far the organization has come: asked of the server, so that the steps can be left and taken up again. */
import { useQuery } from '@tanstack/react-query';
import { get } from '../api/api-call.ts';
import type { Api, Client, Organization, Page, Usage } from '../api/records.ts';
import { useMay, useSession } from '../session/session.tsx';

const apisMax = 200;
const waitingMillis = 2_000;

export interface Progress {
  isLoading: boolean;
  problem: Error | null;
  /** undefined as well: not ours to see. So are the API and the client. */
  organization: Organization | undefined;
  /** Whether somebody has given it its name. */
  isNamed: boolean;
  /** The oldest that is not the admin API. */
  api: Api | undefined;
  /** The oldest that is granted it. */
  client: Client | undefined;
  /** Access tokens that the server has issued for APIs that are not its own. */
  tokens: number;
}

/** `isWatching`: the first access token is seen as soon as the server has issued it. */
export function useProgress({ isWatching = false } = {}): Progress {
  const { me } = useSession();
  const may = useMay();
  const organization = useQuery({
    queryKey: ['/organizations', me.organization],
    queryFn: ({ signal }) =>
      get<Organization>(`/organizations/${me.organization}`, undefined, signal),
    enabled: may('organizations:read'),
  });
  const apis = useQuery({
    queryKey: ['/apis', 'first'],
    queryFn: ({ signal }) =>
      get<Page<Api>>('/apis', { sort: 'created_at', limit: apisMax }, signal),
    enabled: may('apis:read'),
  });
  const own = apis.data?.data.filter(({ built_in: isBuiltIn }) => !isBuiltIn) ?? [];
  const [api] = own;
  const clients = useQuery({
    queryKey: ['/clients', 'first', api?.id],
    queryFn: ({ signal }) =>
      get<Page<Client>>('/clients', { api: api?.id, sort: 'created_at', limit: 1 }, signal),
    enabled: api !== undefined && may('clients:read'),
  });
  const client = clients.data?.data[0];
  const countTokens = ({ data }: Page<Usage>) =>
    data
      .filter((row) => own.some(({ identifier }) => identifier === row.api))
      .reduce((sum, { tokens }) => sum + tokens, 0);
  const usage = useQuery({
    queryKey: ['/usage', 'first'],
    queryFn: ({ signal }) =>
      get<Page<Usage>>('/usage', { group_by: 'api', limit: apisMax }, signal),
    enabled: client !== undefined && may('usage:read'),
    refetchInterval: ({ state }) =>
      isWatching && (state.data === undefined || countTokens(state.data) === 0) && waitingMillis,
  });
  return {
    isLoading: [organization, apis, clients, usage].some(({ isLoading }) => isLoading),
    problem: organization.error ?? apis.error ?? clients.error ?? usage.error,
    organization: organization.data,
    isNamed:
      organization.data !== undefined &&
      organization.data.created_at !== organization.data.updated_at,
    api,
    client,
    tokens: usage.data === undefined ? 0 : countTokens(usage.data),
  };
}
