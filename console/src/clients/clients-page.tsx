/** `/console/clients`: every client one may see (FEATURES 2.1, 4.1). The address holds the question, so it can be shared. */
import { Anchor, Button, Group, SegmentedControl, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconPlugConnected, IconPlus, IconSearch, IconTrash } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { patch } from '../api/api-call.ts';
import { useListPages } from '../api/list-pages.ts';
import type { Client } from '../api/records.ts';
import { askToConfirm } from '../elements/confirm.tsx';
import { CopyText } from '../elements/copy-text.tsx';
import { EmptyState } from '../elements/empty-state.tsx';
import { NameBadges } from '../elements/name-badges.tsx';
import { Page } from '../elements/page.tsx';
import { RecordTable, type Column } from '../elements/record-table.tsx';
import { SearchField } from '../elements/search-field.tsx';
import { StatusBadge } from '../elements/status-badge.tsx';
import { TimeText } from '../elements/time-text.tsx';
import { isNarrowed } from '../frame/search.ts';
import { useMay } from '../session/session.tsx';
import { text } from '../text/text.ts';
import { RestoreButton } from './restore-button.tsx';
import { clientsRoute, type ClientsSearch } from './routes.tsx';

const words = text.clients;
const sortDefault = '-created_at';
const scopesShown = 2;
/** Of what is shown by its status: neither active nor inactive. */
const deletedStatus = 'deleted';

const columns: readonly Column<Client>[] = [
  {
    key: 'name',
    isName: true,
    title: words.column.name,
    isSortable: true,
    render: ({ id, name }) => (
      <Anchor component={Link} to={`/clients/${id}`} fw={600}>
        {name}
      </Anchor>
    ),
  },
  {
    key: 'client_id',
    title: words.column.clientId,
    render: ({ client_id: clientId }) => <CopyText value={clientId} what="client_id" />,
  },
  {
    key: 'scopes',
    title: words.column.scopes,
    render: ({ grants }) => (
      <NameBadges names={grants.flatMap(({ scopes }) => scopes)} max={scopesShown} />
    ),
  },
  {
    key: 'active',
    title: words.column.status,
    isSortable: true,
    render: ({ active }) => <StatusBadge active={active} />,
  },
  {
    key: 'created_at',
    title: words.column.created,
    isSortable: true,
    render: ({ created_at: createdAt }) => <TimeText value={createdAt} />,
  },
  {
    key: 'last_used_at',
    title: words.column.lastUsed,
    isSortable: true,
    render: ({ last_used_at: lastUsedAt }) => <TimeText value={lastUsedAt} />,
  },
];

const deletedColumns: readonly Column<Client>[] = [
  ...columns.filter(({ key }) => ['name', 'client_id', 'scopes', 'last_used_at'].includes(key)),
  {
    key: 'restorable_until',
    title: words.column.restorableUntil,
    render: ({ restorable_until: until }) => <TimeText value={until} />,
  },
  {
    key: 'actions',
    title: words.column.actions,
    render: (client) => <RestoreButton client={client} isSmall />,
  },
];

export function ClientsPage() {
  const search = clientsRoute.useSearch();
  const navigate = useNavigate({ from: clientsRoute.fullPath });
  const may = useMay();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const sort = search.sort ?? sortDefault;
  const pages = useListPages<Client>('/clients', { ...search, sort });
  const ask = (change: Partial<Record<keyof ClientsSearch, string | undefined>>) => {
    setSelected(new Set());
    void navigate({
      search: (before) => ({ ...before, ...change }) as ClientsSearch,
      replace: true,
    });
  };
  const isDeleted = search.deleted !== undefined;
  // The deleted are another list, not a part of this one.
  const isFiltered = isNarrowed({ ...search, deleted: undefined });
  const addButton = may('clients:write') && (
    <Button component={Link} to="/clients/new" leftSection={<IconPlus size={16} aria-hidden />}>
      {words.add}
    </Button>
  );

  return (
    <Page title={words.title} description={words.description} actions={addButton}>
      <Group>
        <SearchField value={search.q} onSearch={(q) => ask({ q })} />
        <SegmentedControl
          aria-label={words.statusLabel}
          value={isDeleted ? deletedStatus : (search.active ?? '')}
          onChange={(status) =>
            ask(
              status === deletedStatus
                ? { deleted: 'true', active: undefined }
                : { deleted: undefined, active: status || undefined },
            )
          }
          data={[
            { value: '', label: words.filter.all },
            { value: 'true', label: words.filter.active },
            { value: 'false', label: words.filter.inactive },
            { value: deletedStatus, label: words.filter.deleted },
          ]}
        />
        <SegmentedControl
          aria-label={words.placeLabel}
          value={search.location ?? ''}
          onChange={(location) => ask({ location: location || undefined })}
          data={[
            { value: '', label: words.place.all },
            { value: 'none', label: words.place.organization },
            { value: 'any', label: words.place.locations },
          ]}
        />
        {selected.size > 0 && (
          <DeactivateButton
            clients={pages.items.filter(({ id }) => selected.has(id))}
            onDone={() => setSelected(new Set())}
          />
        )}
      </Group>
      <RecordTable
        label={words.title}
        pages={pages}
        columns={isDeleted ? deletedColumns : columns}
        sort={sort}
        onSort={(next) => ask({ sort: next })}
        nameOf={({ name }) => name}
        {...(may('clients:write') && !isDeleted
          ? { selection: { ids: selected, onChange: setSelected } }
          : {})}
        empty={
          isFiltered ? (
            <EmptyState
              icon={<IconSearch />}
              title={text.everyPage.list.nothingFound}
              hint={text.everyPage.list.nothingFoundHint}
            />
          ) : isDeleted ? (
            <EmptyState
              icon={<IconTrash />}
              title={words.emptyDeleted}
              hint={words.emptyDeletedHint}
            />
          ) : (
            <EmptyState
              icon={<IconPlugConnected />}
              title={words.empty}
              hint={words.emptyHint}
              action={addButton}
            />
          )
        }
      />
    </Page>
  );
}

function DeactivateButton({ clients, onDone }: { clients: readonly Client[]; onDone: () => void }) {
  const queryClient = useQueryClient();
  const active = clients.filter((client) => client.active);
  const ask = () =>
    askToConfirm({
      title: words.deactivateTitle(active.length),
      confirm: words.deactivateSelected,
      consequences: (
        <>
          <Text size="sm">{words.deactivateConsequence}</Text>
          <ul>
            {active.map(({ id, name, last_used_at: lastUsedAt }) => (
              <li key={id}>
                {name} · {words.column.lastUsed} <TimeText value={lastUsedAt} />
              </li>
            ))}
          </ul>
        </>
      ),
      act: async () => {
        try {
          for (const { id } of active) await patch(`/clients/${id}`, { active: false });
        } finally {
          // Also after a fault in the middle: what was done shows.
          await queryClient.invalidateQueries({ queryKey: ['/clients'] });
        }
        notifications.show({ color: 'teal', message: words.deactivated(active.length) });
        onDone();
      },
    });
  return (
    <Button color="red" variant="outline" disabled={active.length === 0} onClick={ask}>
      {words.deactivateSelected} ({active.length})
    </Button>
  );
}
