/** `/console/members`: the people of the organization, and the links that are still open. */
import { Badge, Button, Group, Text } from '@mantine/core';
import { IconPlus, IconUsers } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { Member } from '../api/records.ts';
import { nameColumn, placeColumn } from '../elements/columns.tsx';
import { ActiveFilter, SelectFilter } from '../elements/list-filters.tsx';
import { ListPage } from '../elements/list-page.tsx';
import type { Column } from '../elements/record-table.tsx';
import { StatusBadge } from '../elements/status-badge.tsx';
import { TimeText } from '../elements/time-text.tsx';
import { useMay } from '../session/session.tsx';
import { text } from '../text/text.ts';
import { OpenInvitations } from './open-invitations.tsx';
import { roles } from './role-permissions.ts';
import { RoleText } from './role-text.tsx';
import { membersRoute } from './routes.tsx';

const words = text.members;

const columns: readonly Column<Member>[] = [
  nameColumn(({ id }) => `/members/${id}`),
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
  placeColumn,
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
  const may = useMay();
  return (
    <ListPage
      title={words.title}
      description={words.description}
      path="/members"
      search={search}
      sort="name"
      filters={
        <>
          <ActiveFilter {...search} />
          <SelectFilter
            label={words.column.role}
            name="role"
            value={search.role}
            all={words.anyRole}
            choices={roles.map((role) => ({ value: role, label: text.permissions.role[role] }))}
          />
        </>
      }
      columns={columns}
      nameOf={({ name }) => name}
      add={may('members:write') && <InviteButton />}
      icon={<IconUsers />}
      empty={words.empty}
      emptyHint={words.emptyHint}
    >
      <OpenInvitations />
    </ListPage>
  );
}

function InviteButton() {
  return (
    <Button component={Link} to="/members/invite" leftSection={<IconPlus size={16} aria-hidden />}>
      {words.invite}
    </Button>
  );
}
