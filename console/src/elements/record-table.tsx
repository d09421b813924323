/**
 * A table of records, a page at a time: sorted by its columns, with rows to select, skeletons while it loads, and a
 * word when there is nothing. On a narrow screen each row is a card, with the columns' titles in front, and what chooses and
 * sorts them stands above.
 */
import {
  Button,
  Checkbox,
  Group,
  Skeleton,
  Stack,
  Table,
  Text,
  UnstyledButton,
} from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconArrowsSort } from '@tabler/icons-react';
import { memo, useCallback, useEffect, useRef, type ReactNode } from 'react';
import type { ListPages } from '../api/list-pages.ts';
import { text } from '../text/text.ts';
import { ProblemAlert } from './problem-alert.tsx';

const words = text.everyPage.list;
const skeletonRows = 6;

export interface Column<Item> {
  /** The name of a field to sort by, or any other. */
  key: string;
  title: string;
  isSortable?: boolean;
  /** What the row is called: it keeps its room, and is the head of the card. */
  isName?: boolean;
  render: (item: Item) => ReactNode;
}

interface Selection {
  ids: ReadonlySet<string>;
  onChange: (ids: ReadonlySet<string>) => void;
}

interface RecordTableProps<Item> {
  /** Said by a screen reader. */
  label: string;
  pages: ListPages<Item>;
  columns: readonly Column<Item>[];
  sort?: string;
  onSort?: (sort: string) => void;
  selection?: Selection;
  nameOf: (item: Item) => string;
  /** What is shown when there is none at all. */
  empty: ReactNode;
}

export function RecordTable<Item extends { id: string }>(props: RecordTableProps<Item>) {
  const { label, pages, columns, selection, nameOf, empty } = props;
  const { items, isLoading, isStale, problem } = pages;
  const frame = useRef<HTMLDivElement>(null);
  const latest = useRef(selection);
  useEffect(() => {
    latest.current = selection;
  });
  /** The same from row to row and from one drawing to the next. */
  const choose = useCallback((id: string, isChosen: boolean) => {
    const ids = new Set(latest.current?.ids);
    if (isChosen) ids.add(id);
    else ids.delete(id);
    latest.current?.onChange(ids);
  }, []);
  /** The next page is read from its first row on. */
  const turn = (page: () => void) => () => {
    page();
    frame.current?.scrollIntoView({ block: 'start' });
  };
  if (problem !== null) return <ProblemAlert problem={problem} />;
  if (!isLoading && items.length === 0) return <>{empty}</>;
  return (
    <Stack gap="sm">
      <div className="records-frame" ref={frame}>
        {/* Roles in words: a style that makes cards of rows takes the table's own away. */}
        <Table
          className="records"
          role="table"
          verticalSpacing="sm"
          highlightOnHover
          aria-label={label}
          aria-busy={isLoading || isStale}
        >
          <Table.Thead role="rowgroup">
            <Table.Tr role="row">
              {selection && (
                <Table.Th role="columnheader" className="record-select">
                  <SelectAll items={items} selection={selection} />
                </Table.Th>
              )}
              {columns.map((column) => (
                <HeadCell
                  key={column.key}
                  column={column}
                  sort={props.sort}
                  onSort={props.onSort}
                />
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody role="rowgroup">
            {isLoading
              ? Array.from({ length: skeletonRows }, (_, row) => (
                  <Table.Tr role="row" key={row}>
                    {selection && <Table.Td role="cell" className="record-select" />}
                    {columns.map(({ key, isName }) => (
                      <Table.Td
                        role="cell"
                        key={key}
                        {...(isName ? { className: 'record-name' } : {})}
                      >
                        <Skeleton height={14} radius="xl" />
                      </Table.Td>
                    ))}
                  </Table.Tr>
                ))
              : items.map((item) => (
                  <RecordRow
                    key={item.id}
                    item={item}
                    columns={columns}
                    name={nameOf(item)}
                    isChosen={selection?.ids.has(item.id)}
                    onChoose={choose}
                  />
                ))}
          </Table.Tbody>
        </Table>
      </div>
      {(pages.hasPrevious || pages.hasNext) && (
        <Group justify="space-between">
          <Text size="sm" c="dimmed" aria-live="polite">
            {words.rows(pages.first, pages.first + items.length - 1)}
          </Text>
          <Group gap="xs">
            <Button variant="default" disabled={!pages.hasPrevious} onClick={turn(pages.previous)}>
              {words.previous}
            </Button>
            <Button variant="default" disabled={!pages.hasNext} onClick={turn(pages.next)}>
              {words.next}
            </Button>
          </Group>
        </Group>
      )}
    </Stack>
  );
}

interface RecordRowProps<Item> {
  item: Item;
  columns: readonly Column<Item>[];
  name: string;
  /** undefined: rows are not chosen here. */
  isChosen: boolean | undefined;
  onChoose: (id: string, isChosen: boolean) => void;
}

function Row<Item extends { id: string }>(props: RecordRowProps<Item>) {
  const { item, columns, name, isChosen, onChoose } = props;
  return (
    <Table.Tr role="row">
      {isChosen !== undefined && (
        <Table.Td role="cell" className="record-select">
          <Checkbox
            aria-label={words.selectRow(name)}
            checked={isChosen}
            onChange={(event) => onChoose(item.id, event.currentTarget.checked)}
          />
        </Table.Td>
      )}
      {columns.map(({ key, title, isName, render }) => (
        <Table.Td
          role="cell"
          key={key}
          data-title={title}
          {...(isName ? { className: 'record-name' } : {})}
        >
          {render(item)}
        </Table.Td>
      ))}
    </Table.Tr>
  );
}

/** Drawn again when its own record changes, not when another question is asked. `memo` forgets the type parameter. */
const RecordRow = memo(Row) as typeof Row;

function SelectAll(props: { items: readonly { id: string }[]; selection: Selection }) {
  const { items, selection } = props;
  const count = items.filter(({ id }) => selection.ids.has(id)).length;
  return (
    <Checkbox
      label={words.selectAll}
      aria-label={words.selectAll}
      // Beside a table it is a box among boxes.
      classNames={{ labelWrapper: 'cards-only' }}
      checked={items.length > 0 && count === items.length}
      indeterminate={count > 0 && count < items.length}
      onChange={(event) =>
        selection.onChange(new Set(event.currentTarget.checked ? items.map(({ id }) => id) : []))
      }
    />
  );
}

function HeadCell<Item>(props: {
  column: Column<Item>;
  sort: string | undefined;
  onSort: ((sort: string) => void) | undefined;
}) {
  const { column, sort, onSort } = props;
  if (!column.isSortable || onSort === undefined)
    return <Table.Th role="columnheader">{column.title}</Table.Th>;
  const direction =
    sort === column.key ? 'ascending' : sort === `-${column.key}` ? 'descending' : 'none';
  const Icon =
    direction === 'ascending'
      ? IconArrowUp
      : direction === 'descending'
        ? IconArrowDown
        : IconArrowsSort;
  return (
    <Table.Th role="columnheader" aria-sort={direction}>
      <UnstyledButton
        fw={700}
        fz="sm"
        aria-label={words.sortBy(column.title)}
        onClick={() => onSort(direction === 'ascending' ? `-${column.key}` : column.key)}
      >
        <Group gap={4} wrap="nowrap">
          {column.title}
          <Icon size={14} aria-hidden opacity={direction === 'none' ? 0.4 : 1} />
        </Group>
      </UnstyledButton>
    </Table.Th>
  );
}
