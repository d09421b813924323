/** Webhooks in a table: where, of what, whose, on or off, and what became of the last delivery (FEATURES 5.5). */
import { Anchor, Badge, Group, Stack, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { ListPages } from '../api/list-pages.ts';
import type { ListedWebhook } from '../api/records.ts';
import { NameBadges } from '../elements/name-badges.tsx';
import { PlaceText } from '../elements/place-text.tsx';
import { RecordTable, type Column } from '../elements/record-table.tsx';
import { StatusBadge } from '../elements/status-badge.tsx';
import { TimeText } from '../elements/time-text.tsx';
import { UrlText } from '../elements/url-text.tsx';
import { text } from '../text/text.ts';
import { formatSelection } from './event-types.ts';

const words = text.webhooks;
const eventsShown = 2;

export const webhookColumns: readonly Column<ListedWebhook>[] = [
  {
    key: 'url',
    isName: true,
    title: words.column.url,
    isSortable: true,
    render: ({ id, url }) => (
      <Anchor component={Link} to={`/webhooks/${id}`} className="mono-break">
        <UrlText url={url} />
      </Anchor>
    ),
  },
  {
    key: 'events',
    title: words.column.events,
    render: ({ events }) => <NameBadges names={events.map(formatSelection)} max={eventsShown} />,
  },
  {
    key: 'belongs',
    title: words.column.belongs,
    render: ({ location, client, member }) => (
      <Stack gap={0}>
        <PlaceText location={location} />
        {client !== null && (
          <Anchor component={Link} to={`/clients/${client}`} size="sm">
            {words.ofClient}
          </Anchor>
        )}
        {member !== null && (
          <Anchor component={Link} to={`/members/${member}`} size="sm">
            {words.ofMember}
          </Anchor>
        )}
      </Stack>
    ),
  },
  {
    key: 'active',
    title: words.column.status,
    isSortable: true,
    render: ({ active, failing_since: failingSince }) => (
      <Group gap="xs">
        <StatusBadge active={active} />
        {active && failingSince !== null && <Badge color="red">{words.failing}</Badge>}
      </Group>
    ),
  },
  {
    key: 'last',
    title: words.column.last,
    render: ({ last_delivery: last }) => <LastDelivery last={last} />,
  },
];

interface WebhookListProps {
  label: string;
  pages: ListPages<ListedWebhook>;
  empty: ReactNode;
}

export function WebhookList(props: WebhookListProps) {
  return <RecordTable {...props} columns={webhookColumns} nameOf={({ url }) => url} />;
}

function LastDelivery({ last }: { last: ListedWebhook['last_delivery'] }) {
  if (last === null) return <Text size="sm">{words.deliveries.none}</Text>;
  return (
    <Stack gap={0}>
      <Text size="sm">
        {last.last_outcome === null
          ? words.deliveries.notYet
          : words.deliveries.outcome[last.last_outcome]}
      </Text>
      <Text size="sm">
        <TimeText value={last.last_attempt_at ?? last.occurred_at} />
      </Text>
    </Stack>
  );
}
