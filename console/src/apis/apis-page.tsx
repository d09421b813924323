/** `/console/apis`: every API one may see. */
import { Anchor, Badge, Button, Group, Text, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconApi, IconPlus, IconSearch } from '@tabler/icons-react';
import { Link, useNavigate } from '@tanstack/react-router';
import { useListPages } from '../api/list-pages.ts';
import type { Api } from '../api/records.ts';
import { CopyText } from '../elements/copy-text.tsx';
import { EmptyState } from '../elements/empty-state.tsx';
import { Page } from '../elements/page.tsx';
import { RecordTable, type Column } from '../elements/record-table.tsx';
import { TimeText } from '../elements/time-text.tsx';
import { useMay } from '../session/session.tsx';
import { text } from '../text/text.ts';
import { apisRoute } from './routes.tsx';

const words = text.apis;
const sortDefault = 'name';
const searchMillis = 250;

const columns: readonly Column<Api>[] = [
  {
    key: 'name',
    title: words.column.name,
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
  {
    key: 'created_at',
    title: words.column.created,
    isSortable: true,
    render: ({ created_at: createdAt }) => <TimeText value={createdAt} />,
  },
];

export function ApisPage() {
  const search = apisRoute.useSearch();
  const navigate = useNavigate({ from: apisRoute.fullPath });
  const may = useMay();
  const sort = search.sort ?? sortDefault;
  const pages = useListPages<Api>('/apis', { ...search, sort });
  const searchLater = useDebouncedCallback(
    (q: string) =>
      void navigate({
        search: ({ sort: kept }) => ({
          ...(kept === undefined ? {} : { sort: kept }),
          ...(q === '' ? {} : { q }),
        }),
        replace: true,
      }),
    searchMillis,
  );
  const addButton = may('apis:write') && (
    <Button component={Link} to="/apis/new" leftSection={<IconPlus size={16} aria-hidden />}>
      {words.add}
    </Button>
  );
  return (
    <Page title={words.title} description={words.description} actions={addButton}>
      <TextInput
        aria-label={text.common.list.search}
        placeholder={text.common.list.search}
        leftSection={<IconSearch size={16} aria-hidden />}
        defaultValue={search.q ?? ''}
        onChange={(event) => searchLater(event.currentTarget.value)}
        w={{ base: '100%', xs: 260 }}
      />
      <RecordTable
        label={words.title}
        pages={pages}
        columns={columns}
        sort={sort}
        onSort={(next) =>
          void navigate({ search: (before) => ({ ...before, sort: next }), replace: true })
        }
        nameOf={({ name }) => name}
        empty={
          search.q === undefined ? (
            <EmptyState
              icon={<IconApi />}
              title={words.empty}
              hint={words.emptyHint}
              action={addButton}
            />
          ) : (
            <EmptyState
              icon={<IconSearch />}
              title={text.common.list.nothingFound}
              hint={text.common.list.nothingFoundHint}
            />
          )
        }
      />
    </Page>
  );
}
