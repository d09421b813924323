/** The clients of something, a page at a time: of a member, of a location. */
import { Text } from '@mantine/core';
import { useListPages } from '../api/list-pages.ts';
import type { QueryParameters } from '../api/api-call.ts';
import type { Client } from '../api/records.ts';
import { clientIdColumn, clientNameColumn, lastUsedColumn, statusColumn } from './columns.tsx';
import { RecordTable, type Column } from './record-table.tsx';

export const clientColumns: readonly Column<Client>[] = [
  clientNameColumn,
  clientIdColumn,
  statusColumn,
  lastUsedColumn,
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
      columns={clientColumns}
      nameOf={({ name }) => name}
      empty={<Text size="sm">{none}</Text>}
    />
  );
}
