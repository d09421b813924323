/** `/console/apis`: every API one may see. */
import { Anchor, Badge, Button, Group, Text } from '@mantine/core';
import { IconApi, IconPlus, IconSearch } from '@tabler/icons-react';
import { Link, useNavigate } from '@tanstack/react-router';
import { useListPages } from '../api/list-pages.ts';
import type { Api } from '../api/records.ts';
import { CopyText } from '../elements/copy-text.tsx';
import { EmptyState } from '../elements/empty-state.tsx';
import { Page } from '../elements/page.tsx';
import { RecordTable, type Column } from '../elements/record-table.tsx';
import { SearchField } from '../elements/search-field.tsx';
import { TimeText } from '../elements/time-text.tsx';
import { useMay } from '../session/session.tsx';
import { text } from '../text/text.ts';
import { apisRoute } from './routes.tsx';

const words = text.apis;
const sortDefault = 'name';

const columns: readonly Column<Api>[] = [
  {
    key: 'name',
    isName: true,
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
  const searchFor = (q: string | undefined) =>
    void navigate({
      search: ({ sort: kept }) => ({
        ...(kept === undefined ? {} : { sort: kept }),
        ...(q === undefined ? {} : { q }),
      }),
      replace: true,
    });
  const addButton = may('apis:write') && (
    <Button component={Link} to="/apis/new" leftSection={<IconPlus size={16} aria-hidden />}>
      {words.add}
    </Button>
  );
  return (
    <Page title={words.title} description={words.description} actions={addButton}>
      <SearchField value={search.q} onSearch={searchFor} />
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
              title={text.everyPage.list.nothingFound}
              hint={text.everyPage.list.nothingFoundHint}
            />
          )
        }
      />
    </Page>
  );
}
