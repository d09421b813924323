/**
 * A page that is a list: its title and what it offers, the search field and the filters, the table, and what is said
 * where there is nothing. Everything that was asked stands in the address.
 */
import { Button, Group } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useState, type ComponentType, type ReactNode } from 'react';
import { useListPages } from '../api/list-pages.ts';
import { text } from '../text/text.ts';
import { EmptyState } from './empty-state.tsx';
import { filtersOf, useAskList, type ListSearch } from './list-search.ts';
import { Page } from './page.tsx';
import { RecordTable, type Column } from './record-table.tsx';
import { SearchField } from './search-field.tsx';

const words = text.everyPage.list;

interface BulkProps<Item> {
  chosen: readonly Item[];
  onDone: () => void;
}

interface ListPageProps<Item> {
  title: string;
  description: string;
  /** Of the admin API: what is listed. */
  path: string;
  /** What the address asks. */
  search: ListSearch;
  /** When the address says nothing. */
  sort: string;
  filters?: ReactNode;
  /** Parameters that choose another list rather than narrow this one. */
  choosing?: readonly string[];
  columns: readonly Column<Item>[];
  nameOf: (item: Item) => string;
  /** Beside the title; where there is nothing yet, the way to the first one as well. */
  add?: ReactNode;
  /** Beside the title alone. */
  actions?: ReactNode;
  /** What can be done with several at once: rows can be chosen if this is given. */
  bulk?: ComponentType<BulkProps<Item>> | undefined;
  /** Where there is nothing yet. */
  icon: ReactNode;
  empty: string;
  emptyHint: string;
  /** Below the table. */
  children?: ReactNode;
}

export function ListPage<Item extends { id: string }>(props: ListPageProps<Item>) {
  const { title, path, search, columns, nameOf, add, bulk: Bulk } = props;
  const ask = useAskList();
  const sort = search.sort ?? props.sort;
  const filters = filtersOf(search, props.choosing);
  // The field is written by whoever types, and is empty again only when the filters are removed.
  const [fieldNumber, setFieldNumber] = useState(0);
  const removeFilters = () => {
    ask(Object.fromEntries(filters.map((name) => [name, undefined])));
    setFieldNumber(fieldNumber + 1);
  };
  const pages = useListPages<Item>(path, { ...search, sort });
  // Of one page of one question: what is out of sight is not chosen.
  const shown = JSON.stringify([search, pages.first]);
  const [choice, setChoice] = useState<Choice>({ shown, ids: new Set() });
  const ids = choice.shown === shown ? choice.ids : new Set<string>();
  const choose = (next: ReadonlySet<string>) => setChoice({ shown, ids: next });
  return (
    <Page title={title} description={props.description} actions={add || props.actions}>
      <Group>
        <SearchField
          key={fieldNumber}
          value={fieldNumber === 0 ? search.q : undefined}
          onSearch={(q) => ask({ q })}
        />
        {props.filters}
        {Bulk !== undefined && ids.size > 0 && (
          <Bulk
            chosen={pages.items.filter(({ id }) => ids.has(id))}
            onDone={() => choose(new Set())}
          />
        )}
      </Group>
      <RecordTable
        label={title}
        pages={pages}
        columns={columns}
        sort={sort}
        onSort={(next) => ask({ sort: next })}
        nameOf={nameOf}
        {...(Bulk === undefined ? {} : { selection: { ids, onChange: choose } })}
        empty={
          filters.length > 0 ? (
            <NothingFound onRemove={removeFilters} />
          ) : (
            <EmptyState icon={props.icon} title={props.empty} hint={props.emptyHint} action={add} />
          )
        }
      />
      {props.children}
    </Page>
  );
}

interface Choice {
  /** Of which page of which question. */
  shown: string;
  ids: ReadonlySet<string>;
}

function NothingFound({ onRemove }: { onRemove: () => void }) {
  return (
    <EmptyState
      icon={<IconSearch />}
      title={words.nothingFound}
      hint={words.nothingFoundHint}
      action={
        <Button variant="default" onClick={onRemove}>
          {words.removeFilters}
        </Button>
      }
    />
  );
}
