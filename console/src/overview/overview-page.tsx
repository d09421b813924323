/** `/console/`: what needs a hand, and how things go. Each part is there for whoever may see it. */
import { Anchor, Group, SimpleGrid, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { get, type QueryParameters } from '../api/api-call.ts';
import type { ListedFailure, Notice, Page as PageOf, SigningKey } from '../api/records.ts';
import { noticeSentence } from '../elements/notice-sentence.ts';
import { Page } from '../elements/page.tsx';
import { ProblemAlert } from '../elements/problem-alert.tsx';
import { Section } from '../elements/section.tsx';
import { TimeText } from '../elements/time-text.tsx';
import { UsageChart } from '../elements/usage-chart.tsx';
import { useMay, useSession } from '../session/session.tsx';
import { text } from '../text/text.ts';
import { FirstSteps } from './first-steps.tsx';

const words = text.overview;
const rowsShown = 5;
const failuresRead = 200;

export function OverviewPage() {
  const { me } = useSession();
  const may = useMay();
  return (
    <Page title={words.title} description={words.welcome(me.display_name)}>
      {may('clients:read') && may('apis:read') && may('usage:read') && <FirstSteps />}
      {may('usage:read') && (
        <Part title={words.tokens} to="/usage" more={words.allUsage}>
          <UsageChart />
        </Part>
      )}
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
        <Stack gap="lg">
          <Part title={words.notices} to="/notices" more={words.allNotices}>
            <Notices />
          </Part>
          {may('signing_keys:read') && (
            <Part title={words.keys} to="/signing-keys" more={words.allKeys}>
              <SigningKeys />
            </Part>
          )}
        </Stack>
        {may('clients:read') && (
          <Part title={words.failures}>
            <Failures />
          </Part>
        )}
      </SimpleGrid>
    </Page>
  );
}

interface PartProps {
  title: string;
  /** The page that says more. */
  to?: string;
  more?: string;
  children: ReactNode;
}

function Part({ title, to, more, children }: PartProps) {
  return (
    <Section
      title={title}
      actions={
        to !== undefined && (
          <Anchor component={Link} to={to} size="sm">
            {more}
          </Anchor>
        )
      }
    >
      {children}
    </Section>
  );
}

function useRows<Item>(path: string, parameters: QueryParameters) {
  return useQuery({
    queryKey: [path, 'overview'],
    queryFn: ({ signal }) => get<PageOf<Item>>(path, parameters, signal),
  });
}

/** What a part shows while it does not know yet, or cannot know. */
function Waiting({ error }: { error: Error | null }) {
  return error === null ? <Skeleton height={90} /> : <ProblemAlert problem={error} />;
}

function Notices() {
  const { data, error } = useRows<Notice>('/notices', { read: false, limit: rowsShown });
  if (data === undefined) return <Waiting error={error} />;
  if (data.data.length === 0) return <Text c="dimmed">{words.noticesNone}</Text>;
  return data.data.map((notice) => (
    <div key={notice.id}>
      <Text size="sm">{noticeSentence(notice)}</Text>
      <Text size="xs" c="dimmed" component="div">
        <TimeText value={notice.last_occurred_at} />
      </Text>
    </div>
  ));
}

/** Many refusals of one client for one reason are one line. */
function countAlike(failures: readonly ListedFailure[]) {
  const alike = new Map<string, { failure: ListedFailure; count: number }>();
  for (const failure of failures) {
    const key = `${failure.client} ${failure.reason}`;
    const seen = alike.get(key);
    if (seen === undefined) alike.set(key, { failure, count: 1 });
    else seen.count += 1;
  }
  return [...alike.values()];
}

function Failures() {
  const { data, error } = useRows<ListedFailure>('/failures', { limit: failuresRead });
  if (data === undefined) return <Waiting error={error} />;
  if (data.data.length === 0) return <Text c="dimmed">{words.failuresNone}</Text>;
  return (
    <>
      <Text size="xs" c="dimmed">
        {words.failuresHint}
      </Text>
      {countAlike(data.data)
        .slice(0, rowsShown)
        .map(({ failure, count }) => (
          <div key={`${failure.client} ${failure.reason}`}>
            <Anchor component={Link} to={`/clients/${failure.client}`} size="sm" fw={600}>
              {failure.client_name}
            </Anchor>
            <Group gap="xs">
              <Text size="sm">{words.reason[failure.reason] ?? failure.reason}</Text>
              <Text size="xs" c="dimmed" component="div">
                {words.times(count)}, <TimeText value={failure.occurred_at} />
              </Text>
            </Group>
          </div>
        ))}
    </>
  );
}

function SigningKeys() {
  const { data, error } = useRows<SigningKey>('/signing-keys', { limit: 20 });
  if (data === undefined) return <Waiting error={error} />;
  return data.data
    .filter(({ state }) => words.keyState[state] !== undefined)
    .map((key) => (
      <Group key={key.kid} gap="xs">
        <Text size="sm" fw={600}>
          {key.alg}
        </Text>
        <Text size="sm">{words.keyState[key.state]}</Text>
        <Text size="xs" c="dimmed" component="div">
          <TimeText value={key.state === 'retiring' ? key.retired_at : key.signs_at} />
        </Text>
      </Group>
    ));
}
