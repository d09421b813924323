/** `/console/locations`: the sub-accounts of the organization. */
import { Anchor, Button, Group, Stack, TextInput } from '@mantine/core';
import { modals } from '@mantine/modals';
import { notifications } from '@mantine/notifications';
import { IconMapPin, IconPlus, IconSearch } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { post } from '../api/api-call.ts';
import { useListPages } from '../api/list-pages.ts';
import type { Location } from '../api/records.ts';
import { EmptyState } from '../elements/empty-state.tsx';
import { Page } from '../elements/page.tsx';
import { ProblemAlert } from '../elements/problem-alert.tsx';
import { RecordTable, type Column } from '../elements/record-table.tsx';
import { SearchField } from '../elements/search-field.tsx';
import { StatusBadge } from '../elements/status-badge.tsx';
import { TimeText } from '../elements/time-text.tsx';
import { useMay, useSession } from '../session/session.tsx';
import { text } from '../text/text.ts';
import { locationsRoute } from './routes.tsx';

const words = text.locations;
const sortDefault = 'name';

const columns: readonly Column<Location>[] = [
  {
    key: 'name',
    isName: true,
    title: words.column.name,
    isSortable: true,
    render: ({ id, name }) => (
      <Anchor component={Link} to={`/locations/${id}`} fw={600}>
        {name}
      </Anchor>
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
    render: ({ created_at: at }) => <TimeText value={at} />,
  },
];

export function LocationsPage() {
  const search = locationsRoute.useSearch();
  const navigate = useNavigate({ from: locationsRoute.fullPath });
  const may = useMay();
  const { me } = useSession();
  const sort = search.sort ?? sortDefault;
  const pages = useListPages<Location>('/locations', { ...search, sort });
  const searchFor = (q: string | undefined) =>
    void navigate({
      search: ({ sort: kept }) => ({
        ...(kept === undefined ? {} : { sort: kept }),
        ...(q === undefined ? {} : { q }),
      }),
      replace: true,
    });
  const openForm = () => {
    const modalId = modals.open({
      title: words.add,
      children: <NewLocation onDone={() => modals.close(modalId)} />,
    });
  };
  // Who is of a location makes no others.
  const addButton = may('organizations:write') && me.location === null && (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={openForm}>
      {words.add}
    </Button>
  );
  return (
    <Page title={words.title} description={words.description} actions={addButton}>
      <Group>
        <SearchField value={search.q} onSearch={searchFor} />
      </Group>
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
              icon={<IconMapPin />}
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

function NewLocation({ onDone }: { onDone: () => void }) {
  const queryClient = useQueryClient();
  const [name, setName] = useState('');
  const [problem, setProblem] = useState<unknown>();
  const [isBusy, setIsBusy] = useState(false);
  const submit = async () => {
    setProblem(undefined);
    setIsBusy(true);
    try {
      await post('/locations', { name });
      await queryClient.invalidateQueries({ queryKey: ['/locations'] });
      notifications.show({ color: 'teal', message: words.created(name) });
      onDone();
    } catch (error) {
      setProblem(error);
    } finally {
      setIsBusy(false);
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Stack>
        <TextInput
          label={words.name}
          required
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          data-autofocus
        />
        <ProblemAlert problem={problem} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onDone} disabled={isBusy}>
            {text.everyPage.actions.cancel}
          </Button>
          <Button type="submit" loading={isBusy}>
            {words.create}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
