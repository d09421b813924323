/** The delivery log of a webhook: what was sent, what will be, what could not be; each can be sent again. */
import { Badge, Button, SegmentedControl, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconSend } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { post } from '../api/api-call.ts';
import { useListPages } from '../api/list-pages.ts';
import type { WebhookDelivery } from '../api/records.ts';
import { EmptyState } from '../elements/empty-state.tsx';
import { RecordTable, type Column } from '../elements/record-table.tsx';
import { Section } from '../elements/section.tsx';
import { TimeText } from '../elements/time-text.tsx';
import { useSubmit } from '../elements/use-submit.tsx';
import { useMay } from '../session/session.tsx';
import { text } from '../text/text.ts';

const words = text.webhooks.deliveries;
const colours = { waiting: 'gray', delivered: 'teal', dead: 'red' } as const;

const columns: readonly Column<WebhookDelivery>[] = [
  {
    key: 'event',
    isName: true,
    title: words.column.event,
    render: ({ event_type: type }) => <span className="mono">{type}</span>,
  },
  {
    key: 'state',
    title: words.column.state,
    render: ({ state }) => <Badge color={colours[state]}>{words.badge[state]}</Badge>,
  },
  {
    key: 'attempts',
    title: words.column.attempts,
    render: ({ attempts }) => <Text size="sm">{attempts}</Text>,
  },
  {
    key: 'response',
    title: words.column.response,
    render: ({ last_outcome: outcome, last_attempt_at: at }) => (
      <Stack gap={0}>
        <Text size="sm">{outcome === null ? words.notYet : words.outcome[outcome]}</Text>
        {at !== null && (
          <Text size="sm">
            <TimeText value={at} />
          </Text>
        )}
      </Stack>
    ),
  },
  {
    key: 'occurred',
    title: words.column.occurred,
    render: ({ occurred_at: at }) => <TimeText value={at} />,
  },
  {
    key: 'next',
    title: words.column.next,
    render: ({ next_attempt_at: at, held_by: holder }) =>
      holder === null ? (
        <TimeText value={at} absent={words.none} />
      ) : (
        <Text size="sm">{words.held[holder]}</Text>
      ),
  },
];

export function Deliveries({ webhook }: { webhook: string }) {
  const may = useMay();
  const queryClient = useQueryClient();
  const [state, setState] = useState('');
  const { submit, alert } = useSubmit();
  const path = `/webhooks/${webhook}/deliveries`;
  const pages = useListPages<WebhookDelivery>(path, { state });

  const replay = async ({ id }: WebhookDelivery) => {
    const isReplayed = await submit(() => post(`${path}/${id}/replay`));
    if (isReplayed) notifications.show({ color: 'teal', message: words.replayed });
    // A replay is a change of the webhook too: its ETag is another one.
    for (const key of [path, '/webhooks']) {
      await queryClient.invalidateQueries({ queryKey: [key] });
    }
  };
  const allColumns = may('webhooks:write')
    ? [
        ...columns,
        {
          key: 'actions',
          title: words.column.actions,
          render: (delivery: WebhookDelivery) => (
            <Button
              size="compact-sm"
              variant="default"
              aria-label={words.replayWhich(delivery.event_type, delivery.id)}
              onClick={() => void replay(delivery)}
            >
              {words.replay}
            </Button>
          ),
        },
      ]
    : columns;

  return (
    <Section title={words.title}>
      <Text size="sm">{words.hint}</Text>
      <SegmentedControl
        aria-label={words.stateLabel}
        value={state}
        onChange={setState}
        w="fit-content"
        data={[
          { value: '', label: words.all },
          { value: 'waiting', label: words.state.waiting },
          { value: 'delivered', label: words.state.delivered },
          { value: 'dead', label: words.state.dead },
        ]}
      />
      {alert}
      <RecordTable
        label={words.title}
        pages={pages}
        columns={allColumns}
        nameOf={({ event_type: type }) => type}
        empty={<EmptyState icon={<IconSend />} title={words.empty} hint={words.emptyHint} />}
      />
    </Section>
  );
}
