/** The webhooks that hear of one client alone; those that hear of all clients are on their own page. */
import { Anchor, Button, Stack, Text } from '@mantine/core';
import { IconWebhook } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useListPages } from '../api/list-pages.ts';
import type { Webhook } from '../api/records.ts';
import { statusColumn } from '../elements/columns.tsx';
import { EmptyState } from '../elements/empty-state.tsx';
import { NameBadges } from '../elements/name-badges.tsx';
import { RecordTable, type Column } from '../elements/record-table.tsx';
import { UrlText } from '../elements/url-text.tsx';
import { useMay } from '../session/session.tsx';
import { text } from '../text/text.ts';
import { formatSelection } from '../webhooks/event-types.ts';

const words = text.client.webhooks;

const columns: readonly Column<Webhook>[] = [
  {
    key: 'url',
    isName: true,
    title: words.url,
    render: ({ id, url }) => (
      <Anchor component={Link} to={`/webhooks/${id}`} className="mono">
        <UrlText url={url} />
      </Anchor>
    ),
  },
  {
    key: 'events',
    title: words.events,
    render: ({ events }) => <NameBadges names={events.map(formatSelection)} />,
  },
  statusColumn,
];

export function WebhooksTab({ id }: { id: string }) {
  const may = useMay();
  const pages = useListPages<Webhook>('/webhooks', { client: id });
  return (
    <Stack>
      <Text size="sm">
        {words.explanation}{' '}
        <Anchor component={Link} to="/webhooks" inherit>
          {words.all}
        </Anchor>
      </Text>
      {may('webhooks:write') && (
        <Button
          renderRoot={(props) => <Link {...props} to="/webhooks/new" search={{ client: id }} />}
          variant="default"
          w="fit-content"
        >
          {words.add}
        </Button>
      )}
      <RecordTable
        label={text.client.tabs.webhooks}
        pages={pages}
        columns={columns}
        nameOf={({ url }) => url}
        empty={<EmptyState icon={<IconWebhook />} title={words.empty} hint={words.emptyHint} />}
      />
    </Stack>
  );
}
