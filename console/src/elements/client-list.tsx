/** The clients of something, a page at a time: of a member, of a location. */
import { Anchor, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useListPages } from '../api/list-pages.ts';
import type { QueryParameters } from '../api/api-call.ts';
import type { Client } from '../api/records.ts';
import { text } from '../text/text.ts';
import { CopyText } from './copy-text.tsx';
import { RecordTable, type Column } from './record-table.tsx';
import { StatusBadge } from './status-badge.tsx';
import { TimeText } from './time-text.tsx';

const words = text.clients.column;

const columns: readonly Column<Client>[] = [
  {
    key: 'name',
    isName: true,
    title: words.name,
    render: ({ id, name }) => (
      <Anchor component={Link} to={`/clients/${id}`} fw={600}>
        {name}
      </Anchor>
    ),
  },
  {
    key: 'client_id',
    title: words.clientId,
    render: ({ client_id: clientId }) => <CopyText value={clientId} what="client_id" />,
  },
  {
    key: 'active',
    title: words.status,
    render: ({ active }) => <StatusBadge active={active} />,
  },
  {
    key: 'last_used_at',
    title: words.lastUsed,
    render: ({ last_used_at: at }) => <TimeText value={at} />,
  },
];

interface ClientListProps {
  label: string;
  filter: QueryParameters;
  /** What is said when there is none. */
  none: string;
}

export function ClientList({ label, filter, none }: ClientListProps) {
  const pages = useListPages<Client>('/clients', { ...filter, sort: 'name' });
  return (
    <RecordTable
      label={label}
      pages={pages}
      columns={columns}
      nameOf={({ name }) => name}
      empty={<Text size="sm">{none}</Text>}
    />
  );
}
