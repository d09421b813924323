/**
 * `/console/access`: everybody who holds access, in one list (FEATURES 3.4); of members alone it is the API management
 * of administrators (5.3).
 */
import { Anchor, Badge, Group, SegmentedControl } from '@mantine/core';
import { IconKey, IconSearch } from '@tabler/icons-react';
import { Link, useNavigate } from '@tanstack/react-router';
import { useListPages } from '../api/list-pages.ts';
import type { AccessHolder } from '../api/records.ts';
import { CopyText } from '../elements/copy-text.tsx';
import { EmptyState } from '../elements/empty-state.tsx';
import { Page } from '../elements/page.tsx';
import { PlaceFilter } from '../elements/place-filter.tsx';
import { PlaceText } from '../elements/place-text.tsx';
import { RecordTable, type Column } from '../elements/record-table.tsx';
import { ReferenceButton } from '../elements/reference-button.tsx';
import { SearchField } from '../elements/search-field.tsx';
import { StatusBadge } from '../elements/status-badge.tsx';
import { TimeText } from '../elements/time-text.tsx';
import { ClearApiAccess } from '../members/clear-api-access.tsx';
import { isNarrowed } from '../frame/search.ts';
import { useMay } from '../session/session.tsx';
import { text } from '../text/text.ts';
import { accessRoute, type AccessSearch } from './routes.tsx';

const words = text.access;
const sortDefault = '-last_used_at';

export function AccessPage() {
  const search = accessRoute.useSearch();
  const navigate = useNavigate({ from: accessRoute.fullPath });
  const may = useMay();
  const sort = search.sort ?? sortDefault;
  const pages = useListPages<AccessHolder>('/access', { ...search, sort });
  const ask = (change: Partial<Record<keyof AccessSearch, string | undefined>>) =>
    void navigate({
      search: (before) => ({ ...before, ...change }) as AccessSearch,
      replace: true,
    });
  const isManagement = search.kind === 'member';
  const isFiltered = isNarrowed(search);

  return (
    <Page
      title={isManagement ? words.managementTitle : words.title}
      description={isManagement ? words.managementDescription : words.description}
      actions={<ReferenceButton />}
    >
      <Group>
        <SearchField value={search.q} onSearch={(q) => ask({ q })} />
        <SegmentedControl
          aria-label={words.kindLabel}
          value={search.kind ?? ''}
          onChange={(kind) => ask({ kind: kind || undefined })}
          data={[
            { value: '', label: words.kind.all },
            { value: 'client', label: words.kind.client },
            { value: 'member', label: words.kind.member },
          ]}
        />
        <SegmentedControl
          aria-label={words.statusLabel}
          value={search.active ?? ''}
          onChange={(active) => ask({ active: active || undefined })}
          data={[
            { value: '', label: words.filter.all },
            { value: 'true', label: words.filter.active },
            { value: 'false', label: words.filter.inactive },
          ]}
        />
        <PlaceFilter
          value={search.location ?? ''}
          onChange={(location) => ask({ location: location || undefined })}
        />
      </Group>
      <RecordTable
        label={isManagement ? words.managementTitle : words.title}
        pages={pages}
        columns={columnsOf(may('members:read'), may('access:clear'))}
        sort={sort}
        onSort={(next) => ask({ sort: next })}
        nameOf={({ name }) => name}
        empty={
          isFiltered ? (
            <EmptyState
              icon={<IconSearch />}
              title={text.everyPage.list.nothingFound}
              hint={text.everyPage.list.nothingFoundHint}
            />
          ) : (
            <EmptyState icon={<IconKey />} title={words.empty} hint={words.emptyHint} />
          )
        }
      />
    </Page>
  );
}

function columnsOf(maySeeMembers: boolean, mayClear: boolean): Column<AccessHolder>[] {
  return [
    {
      key: 'name',
      isName: true,
      title: words.column.name,
      isSortable: true,
      render: ({ id, kind, name, member }) => (
        <Anchor
          component={Link}
          to={
            kind === 'member' && member !== null && maySeeMembers
              ? `/members/${member}`
              : `/clients/${id}`
          }
          fw={600}
        >
          {name}
        </Anchor>
      ),
    },
    {
      key: 'kind',
      title: words.column.kind,
      render: ({ kind }) => <Badge color="gray">{words.kindOf[kind]}</Badge>,
    },
    {
      key: 'client_id',
      title: words.column.clientId,
      render: ({ client_id: clientId }) => <CopyText value={clientId} what="client_id" />,
    },
    {
      key: 'location',
      title: words.column.place,
      render: ({ location }) => <PlaceText location={location} />,
    },
    {
      key: 'active',
      title: words.column.status,
      isSortable: true,
      render: ({ active }) => <StatusBadge active={active} />,
    },
    {
      key: 'last_used_at',
      title: words.column.lastUsed,
      isSortable: true,
      render: ({ last_used_at: lastUsedAt }) => <TimeText value={lastUsedAt} />,
    },
    ...(mayClear
      ? [
          {
            key: 'actions',
            title: words.column.actions,
            render: ({ kind, member, name, client_id: clientId, last_used_at: lastUsedAt }) =>
              kind === 'member' &&
              member !== null && (
                <ClearApiAccess
                  member={member}
                  name={name}
                  clientId={clientId}
                  lastUsedAt={lastUsedAt}
                />
              ),
          } satisfies Column<AccessHolder>,
        ]
      : []),
  ];
}
