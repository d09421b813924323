/**
 * `/console/access`: everybody who holds access, in one list (FEATURES 3.4); of members alone it is the API management
 * of administrators (5.3).
 */
import { Badge } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';
import type { AccessHolder } from '../api/records.ts';
import {
  clientIdColumn,
  lastUsedColumn,
  nameColumn,
  placeColumn,
  statusColumn,
} from '../elements/columns.tsx';
import { ActiveFilter, SegmentFilter } from '../elements/list-filters.tsx';
import { ListPage } from '../elements/list-page.tsx';
import { PlaceFilter } from '../elements/place-filter.tsx';
import type { Column } from '../elements/record-table.tsx';
import { ReferenceButton } from '../elements/reference-button.tsx';
import { ClearApiAccess } from '../members/clear-api-access.tsx';
import { useMay } from '../session/session.tsx';
import { text } from '../text/text.ts';
import { accessRoute } from './routes.tsx';

const words = text.access;

export function AccessPage() {
  const search = accessRoute.useSearch();
  const may = useMay();
  const isManagement = search.kind === 'member';
  return (
    <ListPage
      title={isManagement ? words.managementTitle : words.title}
      description={isManagement ? words.managementDescription : words.description}
      path="/access"
      search={search}
      choosing={isManagement ? ['kind'] : []}
      sort="-last_used_at"
      filters={
        <>
          <SegmentFilter
            label={words.kindLabel}
            name="kind"
            value={search.kind}
            all={text.everyPage.list.all}
            choices={[
              { value: 'client', label: words.kind.client },
              { value: 'member', label: words.kind.member },
            ]}
          />
          <ActiveFilter {...search} />
          <PlaceFilter location={search.location} />
        </>
      }
      columns={columnsOf(may('members:read'), may('access:clear'))}
      nameOf={({ name }) => name}
      actions={<ReferenceButton />}
      icon={<IconKey />}
      empty={isManagement ? words.managementEmpty : words.empty}
      emptyHint={isManagement ? words.managementEmptyHint : words.emptyHint}
    />
  );
}

function columnsOf(maySeeMembers: boolean, mayClear: boolean): Column<AccessHolder>[] {
  return [
    nameColumn(({ id, kind, member }) =>
      kind === 'member' && member !== null && maySeeMembers
        ? `/members/${member}`
        : `/clients/${id}`,
    ),
    {
      key: 'kind',
      title: words.kindColumn,
      render: ({ kind }) => <Badge color="gray">{words.kindOf[kind]}</Badge>,
    },
    clientIdColumn,
    placeColumn,
    statusColumn,
    lastUsedColumn,
    ...(mayClear ? [clearColumn] : []),
  ];
}

const clearColumn: Column<AccessHolder> = {
  key: 'actions',
  title: text.everyPage.column.actions,
  render: ({ kind, member, name, client_id: clientId, last_used_at: lastUsedAt }) =>
    kind === 'member' &&
    member !== null && (
      <ClearApiAccess member={member} name={name} clientId={clientId} lastUsedAt={lastUsedAt} />
    ),
};
