/** `/console/usage`: how many access tokens went where, and which granted scopes nobody asks for. */
import { Anchor, Card, SegmentedControl, Stack, Text, Title } from '@mantine/core';
import { Link, useNavigate } from '@tanstack/react-router';
import { useListPages } from '../api/list-pages.ts';
import type { UnusedScope, Usage } from '../api/records.ts';
import { Page } from '../elements/page.tsx';
import { RecordTable, type Column } from '../elements/record-table.tsx';
import { TimeText } from '../elements/time-text.tsx';
import { UsageChart } from '../elements/usage-chart.tsx';
import { locale, text } from '../text/text.ts';
import { usageDimensions, usageRoute, type UsageDimension } from './routes.tsx';

const words = text.usage;

const dimensionColumns: Record<UsageDimension, Column<Usage>> = {
  day: { key: 'day', title: words.column.day, render: ({ day }) => day },
  client: {
    key: 'client',
    title: words.column.client,
    isName: true,
    render: ({ client, client_id: clientId, client_name: name }) => (
      <Stack gap={0}>
        <Anchor component={Link} to={`/clients/${client ?? ''}`} size="sm" fw={600}>
          {name ?? client}
        </Anchor>
        <span className="mono">{clientId}</span>
      </Stack>
    ),
  },
  api: {
    key: 'api',
    title: words.column.api,
    render: ({ api }) => <span className="mono">{api}</span>,
  },
  scope: {
    key: 'scope',
    title: words.column.scope,
    render: ({ scope }) => <span className="mono">{scope}</span>,
  },
};

const tokensColumn: Column<Usage> = {
  key: 'tokens',
  title: words.column.tokens,
  render: ({ tokens }) => tokens.toLocaleString(locale),
};

const unusedColumns: readonly Column<UnusedScope & { id: string }>[] = [
  {
    key: 'client',
    title: words.unusedColumn.client,
    render: ({ client, client_name: name }) => (
      <Anchor component={Link} to={`/clients/${client}`} fw={600}>
        {name}
      </Anchor>
    ),
  },
  {
    key: 'scope',
    title: words.unusedColumn.scope,
    render: ({ scope }) => <span className="mono">{scope}</span>,
  },
  {
    key: 'api',
    title: words.unusedColumn.api,
    render: ({ api }) => <span className="mono">{api}</span>,
  },
  {
    key: 'granted',
    title: words.unusedColumn.granted,
    render: ({ granted_at: grantedAt }) => <TimeText value={grantedAt} absent="–" />,
  },
  {
    key: 'last',
    title: words.unusedColumn.last,
    render: ({ last_requested_on: day }) => day ?? text.everyPage.time.never,
  },
];

export function UsagePage() {
  const { by = 'client' } = usageRoute.useSearch();
  const navigate = useNavigate({ from: usageRoute.fullPath });
  const counted = useListPages<Usage>('/usage', {
    group_by: by,
    sort: by === 'day' ? '-day' : '-tokens',
  });
  const unused = useListPages<UnusedScope>('/usage/unused-scopes');
  return (
    <Page title={words.title} description={words.description}>
      <Card withBorder>
        <UsageChart />
      </Card>
      <Stack gap="sm">
        <SegmentedControl
          aria-label={words.by}
          value={by}
          w="fit-content"
          onChange={(next) =>
            void navigate({
              search: { by: usageDimensions.find((dimension) => dimension === next) ?? 'client' },
              replace: true,
            })
          }
          data={usageDimensions.map((value) => ({ value, label: words.dimension[value] }))}
        />
        <RecordTable
          label={words.title}
          pages={{
            ...counted,
            items: counted.items.map((row) => ({ ...row, id: String(row[by]) })),
          }}
          columns={[dimensionColumns[by], tokensColumn]}
          nameOf={(row) => String(row[by])}
          empty={<Text size="sm">{words.noneHint}</Text>}
        />
      </Stack>
      <Stack gap="sm">
        <Title order={2} size="h4">
          {words.unused}
        </Title>
        <Text c="dimmed" size="sm">
          {words.unusedHint}
        </Text>
        <RecordTable
          label={words.unused}
          pages={{
            ...unused,
            items: unused.items.map((row) => ({
              ...row,
              id: `${row.client} ${row.api} ${row.scope}`,
            })),
          }}
          columns={unusedColumns}
          nameOf={({ scope }) => scope}
          empty={<Text size="sm">{words.unusedNone}</Text>}
        />
      </Stack>
    </Page>
  );
}
