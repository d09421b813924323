/** `/console/locations`: the sub-accounts of the organization. */
import { IconMapPin } from '@tabler/icons-react';
import type { Location } from '../api/records.ts';
import { createdColumn, nameColumn, statusColumn } from '../elements/columns.tsx';
import { ListPage } from '../elements/list-page.tsx';
import type { Column } from '../elements/record-table.tsx';
import { useMay, useSession } from '../session/session.tsx';
import { text } from '../text/text.ts';
import { NewLocationButton } from './new-location.tsx';
import { locationsRoute } from './routes.tsx';

const words = text.locations;

const columns: readonly Column<Location>[] = [
  nameColumn(({ id }) => `/locations/${id}`),
  statusColumn,
  createdColumn,
];

export function LocationsPage() {
  const search = locationsRoute.useSearch();
  const may = useMay();
  const { me } = useSession();
  // Who is of a location makes no others.
  const mayAdd = may('organizations:write') && me.location === null;
  return (
    <ListPage
      title={words.title}
      description={words.description}
      path="/locations"
      search={search}
      sort="name"
      columns={columns}
      nameOf={({ name }) => name}
      add={mayAdd && <NewLocationButton />}
      icon={<IconMapPin />}
      empty={words.empty}
      emptyHint={words.emptyHint}
    />
  );
}
