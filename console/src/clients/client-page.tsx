/** `/console/clients/$id`: a client, its parts behind tabs that the address names. */
import { Skeleton, Tabs } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useRef } from 'react';
import { exchange } from '../api/api-call.ts';
import { ApiProblem } from '../api/api-problem.ts';
import type { Client, Permission } from '../api/records.ts';
import { CopyText } from '../elements/copy-text.tsx';
import { Page } from '../elements/page.tsx';
import { ProblemAlert } from '../elements/problem-alert.tsx';
import { StatusBadge } from '../elements/status-badge.tsx';
import { useMay } from '../session/session.tsx';
import { text } from '../text/text.ts';
import type { ReadClient } from './client-changes.ts';
import { DeletedClient } from './deleted-client.tsx';
import { OverviewTab } from './overview-tab.tsx';
import { clientRoute, clientTabs, type ClientTab } from './routes.tsx';

const words = text.client;
const above = { title: text.clients.title, to: '/clients' };

const GrantsTab = lazy(async () => ({ default: (await import('./grants-tab.tsx')).GrantsTab }));
const SecretsTab = lazy(async () => ({ default: (await import('./secrets-tab.tsx')).SecretsTab }));
const TokenTab = lazy(async () => ({ default: (await import('./token-tab.tsx')).TokenTab }));
const RefusalsTab = lazy(async () => ({
  default: (await import('./refusals-tab.tsx')).RefusalsTab,
}));
const UsageTab = lazy(async () => ({ default: (await import('./usage-tab.tsx')).UsageTab }));
const AuditTab = lazy(async () => ({ default: (await import('./audit-tab.tsx')).AuditTab }));
const WebhooksTab = lazy(async () => ({
  default: (await import('./webhooks-tab.tsx')).WebhooksTab,
}));
const QuickStartTab = lazy(async () => ({
  default: (await import('./quick-start-tab.tsx')).QuickStartTab,
}));

/** What needs more than to see clients. */
const permissionOf: Partial<Record<ClientTab, Permission>> = {
  token: 'secrets:write',
  usage: 'usage:read',
  audit: 'audit:read',
  webhooks: 'webhooks:read',
};

export function ClientPage() {
  const { id } = clientRoute.useParams();
  const { data, error } = useQuery({
    queryKey: ['/clients', id],
    queryFn: ({ signal }) => readClient(id, signal),
    // What is being edited is not exchanged under the hands; a change of somebody else's is refused by its ETag.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  if (error !== null) {
    return (
      <Page title={words.loading} above={above}>
        <ProblemAlert problem={error} />
      </Page>
    );
  }
  if (data === undefined) {
    return (
      <Page title={words.loading} above={above}>
        <Skeleton height={320} />
      </Page>
    );
  }
  if (data.client.restorable_until !== null) return <DeletedClient client={data.client} />;
  return <LoadedClient key={id} read={data} />;
}

/** Or, when it was deleted, what can be restored of it. */
async function readClient(id: string, signal: AbortSignal): Promise<ReadClient> {
  const path = `/clients/${id}`;
  const read = async (query: { deleted?: boolean }): Promise<ReadClient> => {
    const { body, etag } = await exchange<Client>('GET', path, { query, signal });
    return { client: body, etag };
  };
  try {
    return await read({});
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 404) return read({ deleted: true });
    throw error;
  }
}

function LoadedClient({ read }: { read: ReadClient }) {
  const { client, etag } = read;
  const may = useMay();
  const { tab = 'overview' } = clientRoute.useSearch();
  const navigate = useNavigate({ from: clientRoute.fullPath });
  const row = useRef<HTMLDivElement>(null);
  // Nine tabs do not fit a narrow screen: the one that an address names is pushed into sight.
  useEffect(() => {
    const chosen = row.current?.querySelector(`[data-tab="${tab}"]`);
    chosen?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [tab]);
  const tabs = clientTabs.filter((each) => {
    const permission = permissionOf[each];
    return permission === undefined || may(permission);
  });
  return (
    <Page
      title={client.name}
      above={above}
      mark={<StatusBadge active={client.active} />}
      description={<CopyText value={client.client_id} what={words.clientId} />}
    >
      <Tabs
        value={tab}
        onChange={(next) => {
          const chosen = clientTabs.find((each) => each === next);
          void navigate({
            search: chosen === undefined || chosen === 'overview' ? {} : { tab: chosen },
          });
        }}
        keepMounted={false}
      >
        <Tabs.List ref={row} className="tab-row" aria-label={words.tabsLabel} mb="md">
          {tabs.map((each) => (
            <Tabs.Tab key={each} value={each} data-tab={each}>
              {words.tabs[each]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {tabs.includes(tab) && (
          <Tabs.Panel value={tab}>
            <Suspense fallback={<Skeleton height={240} />}>
              {tab === 'overview' && <OverviewTab key={etag} read={read} />}
              {tab === 'grants' && <GrantsTab key={etag} read={read} />}
              {tab === 'secrets' && <SecretsTab client={client} />}
              {tab === 'token' && <TokenTab client={client} />}
              {tab === 'refusals' && <RefusalsTab id={client.id} />}
              {tab === 'usage' && <UsageTab id={client.id} />}
              {tab === 'audit' && <AuditTab id={client.id} />}
              {tab === 'webhooks' && <WebhooksTab id={client.id} />}
              {tab === 'quick-start' && <QuickStartTab id={client.id} />}
            </Suspense>
          </Tabs.Panel>
        )}
      </Tabs>
    </Page>
  );
}
