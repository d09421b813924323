/** `/console/members`: the people of the organization, and the links that are still open. */
import { Anchor, Badge, Button, Group, SegmentedControl, Select, Text } from '@mantine/core';
import { IconPlus, IconSearch, IconUsers } from '@tabler/icons-react';
import { Link, useNavigate } from '@tanstack/react-router';
import { useListPages } from '../api/list-pages.ts';
import type { Member } from '../api/records.ts';
import { EmptyState } from '../elements/empty-state.tsx';
import { Page } from '../elements/page.tsx';
import { PlaceText } from '../elements/place-text.tsx';
import { RecordTable, type Column } from '../elements/record-table.tsx';
import { SearchField } from '../elements/search-field.tsx';
import { StatusBadge } from '../elements/status-badge.tsx';
import { TimeText } from '../elements/time-text.tsx';
import { isNarrowed } from '../frame/search.ts';
import { useMay } from '../session/session.tsx';
import { text } from '../text/text.ts';
import { OpenInvitations } from './open-invitations.tsx';
import { roles } from './role-permissions.ts';
import { RoleText } from './role-text.tsx';
import { membersRoute, type MembersSearch } from './routes.tsx';

const words = text.members;
const sortDefault = 'name';

const columns: readonly Column<Member>[] = [
  {
    key: 'name',
    isName: true,
    title: words.column.name,
    isSortable: true,
    render: ({ id, name }) => (
      <Anchor component={Link} to={`/members/${id}`} fw={600}>
        {name}
      </Anchor>
    ),
  },
  {
    key: 'email',
    title: words.column.email,
    isSortable: true,
    render: ({ email }) => (
      <Text size="sm" className="mono-break">
        {email}
      </Text>
    ),
  },
  { key: 'role', title: words.column.role, render: (member) => <RoleText {...member} /> },
  {
    key: 'place',
    title: words.column.place,
    render: ({ location }) => <PlaceText location={location} />,
  },
  {
    key: 'active',
    title: words.column.status,
    render: ({ active, has_password: hasPassword }) => (
      <Group gap="xs">
        <StatusBadge active={active} />
        {!hasPassword && <Badge color="gray">{words.noPassword}</Badge>}
      </Group>
    ),
  },
  {
    key: 'last_signed_in_at',
    title: words.column.signedIn,
    isSortable: true,
    render: ({ last_signed_in_at: at }) => <TimeText value={at} />,
  },
];

export function MembersPage() {
  const search = membersRoute.useSearch();
  const navigate = useNavigate({ from: membersRoute.fullPath });
  const may = useMay();
  const sort = search.sort ?? sortDefault;
  const pages = useListPages<Member>('/members', { ...search, sort });
  const ask = (change: Partial<Record<keyof MembersSearch, string | undefined>>) =>
    void navigate({
      search: (before) => ({ ...before, ...change }) as MembersSearch,
      replace: true,
    });
  const isFiltered = isNarrowed(search);
  const inviteButton = may('members:write') && (
    <Button component={Link} to="/members/invite" leftSection={<IconPlus size={16} aria-hidden />}>
      {words.invite}
    </Button>
  );
  return (
    <Page title={words.title} description={words.description} actions={inviteButton}>
      <Group>
        <SearchField value={search.q} onSearch={(q) => ask({ q })} />
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
        <Select
          aria-label={words.roleLabel}
          value={search.role ?? ''}
          onChange={(role) => ask({ role: role || undefined })}
          allowDeselect={false}
          w={{ base: '100%', xs: 160 }}
          data={[
            { value: '', label: words.filter.anyRole },
            ...roles.map((role) => ({ value: role, label: text.permissions.role[role] })),
          ]}
        />
      </Group>
      <RecordTable
        label={words.title}
        pages={pages}
        columns={columns}
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
            <EmptyState
              icon={<IconUsers />}
              title={words.empty}
              hint={words.emptyHint}
              action={inviteButton}
            />
          )
        }
      />
      <OpenInvitations />
    </Page>
  );
}
