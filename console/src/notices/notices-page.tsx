/** `/console/notices`: what happened without anybody's doing, what nobody has read yet first. */
import { Anchor, Badge, Button, Group, Stack, Text, Title } from '@mantine/core';
import { IconBell, IconCheck } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { post } from '../api/api-call.ts';
import { useListPages } from '../api/list-pages.ts';
import type { Notice } from '../api/records.ts';
import { EmptyState } from '../elements/empty-state.tsx';
import { noticeSentence } from '../elements/notice-sentence.ts';
import { Page } from '../elements/page.tsx';
import { RecordTable, type Column } from '../elements/record-table.tsx';
import { TimeText } from '../elements/time-text.tsx';
import { useSubmit } from '../elements/use-submit.tsx';
import { text } from '../text/text.ts';

const words = text.notices;

const columns: readonly Column<Notice>[] = [
  {
    key: 'text',
    isName: true,
    title: words.column.text,
    render: (notice) => <NoticeText notice={notice} />,
  },
  {
    key: 'last_occurred_at',
    title: words.column.when,
    render: ({ last_occurred_at: at, count }) => (
      <Group gap="xs">
        <TimeText value={at} />
        {count > 1 && <Badge color="gray">{words.times(count)}</Badge>}
      </Group>
    ),
  },
];

export function NoticesPage() {
  const unread = useListPages<Notice>('/notices', { read: false });
  const read = useListPages<Notice>('/notices', { read: true });
  const queryClient = useQueryClient();
  const { submit, isBusy, alert } = useSubmit();

  const markRead = async (path: string, body?: object) => {
    await post(path, body);
    await queryClient.invalidateQueries({ queryKey: ['/notices'] });
  };
  const markAllRead = () => {
    // What came since this page was read has been seen by nobody.
    const [newest] = unread.hasPrevious ? [] : unread.items;
    return markRead('/notices/read', newest && { until: newest.last_occurred_at });
  };

  return (
    <Page
      title={words.title}
      description={words.description}
      actions={
        unread.items.length > 0 && (
          <Button
            variant="default"
            loading={isBusy}
            leftSection={<IconCheck size={16} aria-hidden />}
            onClick={() => void submit(markAllRead)}
          >
            {words.markAll}
          </Button>
        )
      }
    >
      {alert}
      <Stack component="section" aria-label={words.unread}>
        <Title order={2} size="h4">
          {words.unread}
        </Title>
        <RecordTable
          label={words.unread}
          pages={unread}
          columns={[
            ...columns,
            {
              key: 'actions',
              title: words.column.actions,
              render: (notice) => (
                <Button
                  size="compact-sm"
                  variant="default"
                  disabled={isBusy}
                  onClick={() => void submit(() => markRead(`/notices/${notice.id}/read`))}
                >
                  {words.markRead}
                </Button>
              ),
            },
          ]}
          nameOf={(notice) => notice.text}
          empty={<EmptyState icon={<IconBell />} title={words.empty} hint={words.emptyHint} />}
        />
      </Stack>
      {read.items.length > 0 && (
        <Stack component="section" aria-label={words.read}>
          <Title order={2} size="h4">
            {words.read}
          </Title>
          <RecordTable
            label={words.read}
            pages={read}
            columns={columns}
            nameOf={(notice) => notice.text}
            empty={null}
          />
        </Stack>
      )}
    </Page>
  );
}

function NoticeText({ notice }: { notice: Notice }) {
  const links = linksOf(notice);
  return (
    <Stack gap={4} maw={640}>
      <Text size="sm" className="mono-break">
        {noticeSentence(notice)}
      </Text>
      {links.length > 0 && (
        <Group gap="md">
          {links.map(({ to, title }) => (
            <Anchor key={to} component={Link} to={to} size="sm">
              {title}
            </Anchor>
          ))}
        </Group>
      )}
    </Stack>
  );
}

/** What the notice is about, as far as there is a page of it. */
function linksOf({ parameters }: Notice): { to: string; title: string }[] {
  const { client, api, webhook, kid } = parameters;
  return [
    ...(typeof client === 'string' ? [{ to: `/clients/${client}`, title: words.toClient }] : []),
    ...(typeof api === 'string' ? [{ to: `/apis/${api}`, title: words.toApi }] : []),
    ...(typeof webhook === 'string'
      ? [{ to: `/webhooks/${webhook}`, title: words.toWebhook }]
      : []),
    ...(typeof kid === 'string' ? [{ to: '/signing-keys', title: words.toKeys }] : []),
  ];
}
