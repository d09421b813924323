/** How many access tokens a client gets, and which of its scopes nobody asks for: they could be taken away. */
import { Card, Stack, Text, Title } from '@mantine/core';
import { useListPages } from '../api/list-pages.ts';
import type { UnusedScope } from '../api/records.ts';
import { RecordTable, type Column } from '../elements/record-table.tsx';
import { TimeText } from '../elements/time-text.tsx';
import { UsageChart } from '../elements/usage-chart.tsx';
import { text } from '../text/text.ts';

const words = text.usage;

const columns: readonly Column<UnusedScope & { id: string }>[] = [
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

export function UsageTab({ id }: { id: string }) {
  const unused = useListPages<UnusedScope>('/usage/unused-scopes', { client: id });
  return (
    <Stack>
      <Card withBorder>
        <UsageChart client={id} />
      </Card>
      <Title order={2} size="h4">
        {words.unused}
      </Title>
      <Text size="sm">{words.unusedHint}</Text>
      <RecordTable
        label={words.unused}
        pages={{
          ...unused,
          items: unused.items.map((row) => ({ ...row, id: `${row.api} ${row.scope}` })),
        }}
        columns={columns}
        nameOf={({ scope }) => scope}
        empty={<Text size="sm">{words.unusedNone}</Text>}
      />
    </Stack>
  );
}
