/** Why a client was refused lately: the reason that the 401 may not say. */
import { Stack, Text } from '@mantine/core';
import { IconShieldCheck } from '@tabler/icons-react';
import { useListPages } from '../api/list-pages.ts';
import type { ClientFailure } from '../api/records.ts';
import { EmptyState } from '../elements/empty-state.tsx';
import { RecordTable, type Column } from '../elements/record-table.tsx';
import { TimeText } from '../elements/time-text.tsx';
import { text } from '../text/text.ts';

const words = text.client.refusals;

const columns: readonly Column<ClientFailure>[] = [
  {
    key: 'occurred_at',
    title: words.when,
    render: ({ occurred_at: occurredAt }) => <TimeText value={occurredAt} />,
  },
  { key: 'reason', title: words.reason, render: ({ reason }) => words.reasons[reason] },
  {
    key: 'secret',
    title: words.secret,
    render: ({ secret_hint: hint }) =>
      hint === null ? words.unknownSecret : <span className="mono">{hint}</span>,
  },
  {
    key: 'address',
    title: words.address,
    render: ({ address }) => <span className="mono">{address}</span>,
  },
  {
    key: 'request_id',
    title: words.request,
    render: ({ request_id: requestId }) => <span className="mono">{requestId}</span>,
  },
];

export function RefusalsTab({ id }: { id: string }) {
  const pages = useListPages<ClientFailure>(`/clients/${id}/failures`);
  return (
    <Stack>
      <Text size="sm">{words.explanation}</Text>
      <RecordTable
        label={words.title}
        pages={{ ...pages, items: pages.items.map((item) => ({ ...item, id: item.request_id })) }}
        columns={columns}
        nameOf={({ request_id: requestId }) => requestId}
        empty={<EmptyState icon={<IconShieldCheck />} title={words.empty} hint={words.emptyHint} />}
      />
    </Stack>
  );
}
