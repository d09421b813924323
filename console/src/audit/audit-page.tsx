/** `/console/audit`: what was done, by whom and from where; and whether the log is still what was written. */
import { Anchor, Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { modals } from '@mantine/modals';
import { IconDownload, IconListCheck, IconSearch } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useListPages } from '../api/list-pages.ts';
import type { AuditEvent } from '../api/records.ts';
import { CommandText } from '../elements/command-text.tsx';
import { EmptyState } from '../elements/empty-state.tsx';
import { Page } from '../elements/page.tsx';
import { RecordTable, type Column } from '../elements/record-table.tsx';
import { TimeText } from '../elements/time-text.tsx';
import { isNarrowed } from '../elements/list-search.ts';
import { stringifySearch } from '../frame/search.ts';
import { text } from '../text/text.ts';
import { AuditEventDetail } from './audit-event-detail.tsx';
import { AuditVerification } from './audit-verification.tsx';
import { auditRoute, type AuditSearch } from './routes.tsx';

const words = text.audit;
const searchMillis = 300;

function showEvent(event: AuditEvent): void {
  modals.open({
    title: words.detail.title(event.action),
    size: 'xl',
    children: <AuditEventDetail event={event} />,
  });
}

export const auditColumns: readonly Column<AuditEvent>[] = [
  {
    key: 'time',
    title: words.column.time,
    render: ({ occurred_at: occurredAt }) => <TimeText value={occurredAt} />,
  },
  {
    key: 'action',
    title: words.column.action,
    render: (event) => (
      <Anchor
        component="button"
        type="button"
        size="sm"
        fw={600}
        onClick={() => showEvent(event)}
        aria-label={words.show(event.action)}
      >
        {event.action}
      </Anchor>
    ),
  },
  { key: 'actor', title: words.column.actor, render: ({ actor }) => actor.name },
  {
    key: 'target',
    title: words.column.target,
    render: ({ target }) => <span className="mono">{target.id}</span>,
  },
  {
    key: 'address',
    title: words.column.address,
    render: ({ address }) => address ?? words.detail.atTheMachine,
  },
];

export function AuditPage() {
  const search = auditRoute.useSearch();
  const navigate = useNavigate({ from: auditRoute.fullPath });
  const pages = useListPages<AuditEvent>('/audit-events', { ...search });
  const isFiltered = isNarrowed(search);
  const ask = (filter: keyof AuditSearch, value: string) =>
    void navigate({
      search: ({ [filter]: _before, ...others }) =>
        value === '' ? others : { ...others, [filter]: value },
      replace: true,
    });
  const askLater = useDebouncedCallback(ask, searchMillis);

  return (
    <Page
      title={words.title}
      description={words.description}
      actions={
        <Button
          component="a"
          href={`/api/v1/audit-events/export${stringifySearch(search)}`}
          download
          variant="default"
          leftSection={<IconDownload size={16} aria-hidden />}
        >
          {words.export}
        </Button>
      }
    >
      <Stack gap="xs">
        <AuditVerification />
        <Text size="sm" c="dimmed">
          <CommandText sentence={words.exportHint} />
        </Text>
      </Stack>
      <Group align="flex-end">
        {(['action', 'actor', 'target'] as const).map((filter) => (
          <TextInput
            key={filter}
            label={words.filter[filter]}
            placeholder={filter === 'action' ? words.filter.actionHint : undefined}
            defaultValue={search[filter] ?? ''}
            onChange={(event) => askLater(filter, event.currentTarget.value.trim())}
            w={{ base: '100%', xs: 180 }}
          />
        ))}
        {(['from', 'until'] as const).map((filter) => (
          <TextInput
            key={filter}
            type="datetime-local"
            label={words.filter[filter]}
            defaultValue={toLocalField(search[filter])}
            onChange={(event) => askLater(filter, fromLocalField(event.currentTarget.value))}
            w={{ base: '100%', xs: 180 }}
          />
        ))}
      </Group>
      <RecordTable
        label={words.title}
        pages={pages}
        columns={auditColumns}
        nameOf={({ action }) => action}
        empty={
          isFiltered ? (
            <EmptyState
              icon={<IconSearch />}
              title={text.everyPage.list.nothingFound}
              hint={text.everyPage.list.nothingFoundHint}
            />
          ) : (
            <EmptyState icon={<IconListCheck />} title={words.empty} hint={words.emptyHint} />
          )
        }
      />
    </Page>
  );
}

/** The reader's zone in the field, UTC in the address and in the question. */
function toLocalField(time: string | undefined): string {
  if (time === undefined || Number.isNaN(Date.parse(time))) return '';
  const at = new Date(time);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function fromLocalField(value: string): string {
  return value === '' ? '' : new Date(value).toISOString();
}
