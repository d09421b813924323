/** `/console/clients`: every client one may see (FEATURES 2.1, 4.1). The address holds the question, so it can be shared. */
import { Button } from '@mantine/core';
import { IconPlugConnected, IconPlus, IconTrash } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { Client } from '../api/records.ts';
import {
  clientIdColumn,
  clientNameColumn,
  createdColumn,
  lastUsedColumn,
  statusColumn,
} from '../elements/columns.tsx';
import { activeChoices, SegmentFilter } from '../elements/list-filters.tsx';
import { ListPage } from '../elements/list-page.tsx';
import { NameBadges } from '../elements/name-badges.tsx';
import type { Column } from '../elements/record-table.tsx';
import { TimeText } from '../elements/time-text.tsx';
import { useMay } from '../session/session.tsx';
import { text } from '../text/text.ts';
import { DeactivateButton } from './deactivate-button.tsx';
import { RestoreButton } from './restore-button.tsx';
import { clientsRoute } from './routes.tsx';

const words = text.clients;
const scopesShown = 2;
/** Of what is shown by its status: neither active nor inactive. */
const deletedStatus = 'deleted';

const scopesColumn: Column<Client> = {
  key: 'scopes',
  title: words.scopes,
  render: ({ grants }) => (
    <NameBadges names={grants.flatMap(({ scopes }) => scopes)} max={scopesShown} />
  ),
};

const columns: readonly Column<Client>[] = [
  clientNameColumn,
  clientIdColumn,
  scopesColumn,
  statusColumn,
  createdColumn,
  lastUsedColumn,
];

const deletedColumns: readonly Column<Client>[] = [
  clientNameColumn,
  clientIdColumn,
  scopesColumn,
  lastUsedColumn,
  {
    key: 'restorable_until',
    title: words.restorableUntil,
    render: ({ restorable_until: until }) => <TimeText value={until} />,
  },
  {
    key: 'actions',
    title: text.everyPage.column.actions,
    render: (client) => <RestoreButton client={client} isSmall />,
  },
];

export function ClientsPage() {
  const search = clientsRoute.useSearch();
  const mayWrite = useMay()('clients:write');
  // The deleted are another list, not a part of this one.
  const isDeleted = search.deleted !== undefined;
  return (
    <ListPage
      title={words.title}
      description={words.description}
      path="/clients"
      search={search}
      choosing={['deleted']}
      sort="-created_at"
      filters={
        <>
          <SegmentFilter
            label={text.everyPage.column.status}
            name="active"
            value={isDeleted ? deletedStatus : search.active}
            all={text.everyPage.list.all}
            choices={[...activeChoices, { value: deletedStatus, label: words.deleted }]}
            questionOf={(status) =>
              status === deletedStatus
                ? { deleted: 'true', active: undefined }
                : { deleted: undefined, active: status }
            }
          />
          <SegmentFilter
            label={text.everyPage.place.label}
            name="location"
            value={search.location}
            all={text.everyPage.list.all}
            choices={[
              { value: 'none', label: words.place.organization },
              { value: 'any', label: words.place.locations },
            ]}
          />
        </>
      }
      columns={isDeleted ? deletedColumns : columns}
      nameOf={({ name }) => name}
      add={mayWrite && !isDeleted && <AddButton />}
      bulk={mayWrite && !isDeleted ? DeactivateButton : undefined}
      {...(isDeleted
        ? { icon: <IconTrash />, empty: words.emptyDeleted, emptyHint: words.emptyDeletedHint }
        : { icon: <IconPlugConnected />, empty: words.empty, emptyHint: words.emptyHint })}
    />
  );
}

function AddButton() {
  return (
    <Button component={Link} to="/clients/new" leftSection={<IconPlus size={16} aria-hidden />}>
      {words.add}
    </Button>
  );
}
