/** Columns that more than one table has. */
import { Anchor } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { text } from '../text/text.ts';
import { CopyText } from './copy-text.tsx';
import { PlaceText } from './place-text.tsx';
import type { Column } from './record-table.tsx';
import { StatusBadge } from './status-badge.tsx';
import { TimeText } from './time-text.tsx';

const words = text.everyPage.column;

/** The name leads to the page of what is named. */
export function nameColumn<Item extends { name: string }>(
  addressOf: (item: Item) => string,
): Column<Item> {
  return {
    key: 'name',
    isName: true,
    title: words.name,
    isSortable: true,
    render: (item) => (
      <Anchor component={Link} to={addressOf(item)} fw={600}>
        {item.name}
      </Anchor>
    ),
  };
}

export const clientNameColumn = nameColumn<{ id: string; name: string }>(
  ({ id }) => `/clients/${id}`,
);

export const clientIdColumn: Column<{ client_id: string }> = {
  key: 'client_id',
  title: words.clientId,
  render: ({ client_id: clientId }) => <CopyText value={clientId} what="client_id" />,
};

export const placeColumn: Column<{ location: string | null }> = {
  key: 'location',
  title: words.place,
  render: ({ location }) => <PlaceText location={location} />,
};

export const statusColumn: Column<{ active: boolean }> = {
  key: 'active',
  title: words.status,
  isSortable: true,
  render: ({ active }) => <StatusBadge active={active} />,
};

export const createdColumn: Column<{ created_at: string }> = {
  key: 'created_at',
  title: words.created,
  isSortable: true,
  render: ({ created_at: at }) => <TimeText value={at} />,
};

export const lastUsedColumn: Column<{ last_used_at: string | null }> = {
  key: 'last_used_at',
  title: words.lastUsed,
  isSortable: true,
  render: ({ last_used_at: at }) => <TimeText value={at} />,
};
