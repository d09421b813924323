/** `/console/apis`: every API one may see. */
import { Anchor, Badge, Button, Group, Text } from '@mantine/core';
import { IconApi, IconPlus } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { Api } from '../api/records.ts';
import { createdColumn } from '../elements/columns.tsx';
import { CopyText } from '../elements/copy-text.tsx';
import { ListPage } from '../elements/list-page.tsx';
import type { Column } from '../elements/record-table.tsx';
import { useMay } from '../session/session.tsx';
import { text } from '../text/text.ts';
import { apisRoute } from './routes.tsx';

const words = text.apis;

const columns: readonly Column<Api>[] = [
  {
    key: 'name',
    isName: true,
    title: text.everyPage.column.name,
    isSortable: true,
    render: ({ id, name, built_in: builtIn, organization }) => (
      <Group gap="xs">
        <Anchor component={Link} to={`/apis/${id}`} fw={600}>
          {name}
        </Anchor>
        {builtIn && <Badge color="gray">{words.builtIn}</Badge>}
        {!builtIn && organization === null && <Badge color="gray">{words.instanceWide}</Badge>}
      </Group>
    ),
  },
  {
    key: 'identifier',
    title: words.column.identifier,
    isSortable: true,
    render: ({ identifier }) => <CopyText value={identifier} what="identifier" />,
  },
  {
    key: 'scopes',
    title: words.column.scopes,
    render: ({ scopes }) => <Text size="sm">{scopes.length}</Text>,
  },
  createdColumn,
];

export function ApisPage() {
  const search = apisRoute.useSearch();
  const may = useMay();
  return (
    <ListPage
      title={words.title}
      description={words.description}
      path="/apis"
      search={search}
      sort="name"
      columns={columns}
      nameOf={({ name }) => name}
      add={may('apis:write') && <AddButton />}
      icon={<IconApi />}
      empty={words.empty}
      emptyHint={words.emptyHint}
    />
  );
}

function AddButton() {
  return (
    <Button component={Link} to="/apis/new" leftSection={<IconPlus size={16} aria-hidden />}>
      {words.add}
    </Button>
  );
}
