/** One's own sessions: which browsers are signed in, and how to end them. */
import { Badge, Button, Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconDeviceDesktop } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { remove } from '../api/api-call.ts';
import { useListPages } from '../api/list-pages.ts';
import type { MemberSession } from '../api/records.ts';
import { askToConfirm } from '../elements/confirm.tsx';
import { EmptyState } from '../elements/empty-state.tsx';
import { RecordTable, type Column } from '../elements/record-table.tsx';
import { Section } from '../elements/section.tsx';
import { TimeText } from '../elements/time-text.tsx';
import { useSubmit } from '../elements/use-submit.tsx';
import { text } from '../text/text.ts';

const words = text.settings.sessions;
const path = '/me/sessions';

/** What a browser says of itself begins with whatever it imitates: the most particular name counts. */
const browsers: readonly [RegExp, string][] = [
  [/Edg\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/Firefox\//, 'Firefox'],
  [/Chrome\//, 'Chrome'],
  [/Safari\//, 'Safari'],
];
const systems: readonly [RegExp, string][] = [
  [/Android/, 'Android'],
  [/iPhone|iPad/, 'iOS'],
  [/Windows/, 'Windows'],
  [/Mac OS X/, 'macOS'],
  [/Linux/, 'Linux'],
];

function describeBrowser(userAgent: string): string {
  const find = (names: readonly [RegExp, string][]) =>
    names.find(([pattern]) => pattern.test(userAgent))?.[1];
  const [browser, system] = [find(browsers), find(systems)];
  if (browser === undefined) return userAgent === '' ? words.unknownBrowser : userAgent;
  return system === undefined ? browser : words.on(browser, system);
}

export function SessionsSection() {
  const pages = useListPages<MemberSession>(path, { sort: '-last_seen_at' });
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const { submit, alert } = useSubmit();

  const end = async ({ id }: MemberSession) => {
    const isEnded = await submit(() => remove(`${path}/${id}`));
    if (isEnded) notifications.show({ color: 'teal', message: words.ended });
    await queryClient.invalidateQueries({ queryKey: [path] });
  };
  const askToEndAll = () =>
    askToConfirm({
      title: words.everywhereTitle,
      confirm: words.everywhere,
      consequences: <Text size="sm">{words.everywhereConsequence}</Text>,
      act: async () => {
        await remove(path);
        await navigate({ to: '/sign-in', search: { reason: 'signed-out' } });
      },
    });

  const columns: readonly Column<MemberSession>[] = [
    {
      key: 'browser',
      title: words.column.browser,
      render: ({ user_agent: userAgent, current }) => (
        <Group gap="xs">
          <Text size="sm" title={userAgent}>
            {describeBrowser(userAgent)}
          </Text>
          {current && <Badge color="teal">{words.current}</Badge>}
        </Group>
      ),
    },
    {
      key: 'address',
      title: words.column.address,
      render: ({ address }) => <span className="mono">{address}</span>,
    },
    {
      key: 'created_at',
      title: words.column.created,
      render: ({ created_at: at }) => <TimeText value={at} />,
    },
    {
      key: 'last_seen_at',
      title: words.column.seen,
      render: ({ last_seen_at: at }) => <TimeText value={at} />,
    },
    {
      key: 'actions',
      title: words.column.actions,
      // This one ends by signing out.
      render: (session) =>
        !session.current && (
          <Button
            size="compact-sm"
            variant="default"
            aria-label={words.endWhich(describeBrowser(session.user_agent), session.address)}
            onClick={() => void end(session)}
          >
            {words.end}
          </Button>
        ),
    },
  ];

  return (
    <Section
      title={words.title}
      actions={
        <Button color="red" variant="outline" onClick={askToEndAll}>
          {words.everywhere}
        </Button>
      }
    >
      {alert}
      <RecordTable
        label={words.title}
        pages={pages}
        columns={columns}
        nameOf={({ user_agent: userAgent }) => userAgent}
        empty={
          <EmptyState icon={<IconDeviceDesktop />} title={words.empty} hint={words.emptyHint} />
        }
      />
    </Section>
  );
}
