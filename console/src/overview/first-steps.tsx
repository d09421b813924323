/** What is still to do before the first access token; gone when one was issued. */
import { Anchor, Card, Group, List, Text, ThemeIcon, Title } from '@mantine/core';
import { IconCheck, IconCircle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { get } from '../api/api-call.ts';
import type { Api, Client, Page, Usage } from '../api/records.ts';
import { text } from '../text/text.ts';

const words = text.overview;

interface Progress {
  hasApi: boolean;
  client: Client | undefined;
  hasToken: boolean;
}

async function readProgress(signal: AbortSignal): Promise<Progress> {
  const [apis, clients, usage] = await Promise.all([
    get<Page<Api>>('/apis', { limit: 5 }, signal),
    get<Page<Client>>('/clients', { limit: 20, sort: 'created_at' }, signal),
    get<Page<Usage>>('/usage', { group_by: 'api', limit: 20 }, signal),
  ]);
  const own = apis.data.filter((api) => !api.built_in);
  const builtIn = new Set(apis.data.filter((api) => api.built_in).map((api) => api.identifier));
  return {
    hasApi: own.length > 0,
    // The admin's own client, and personal ones, are no integrations yet.
    client: clients.data.find((one) => one.grants.some((grant) => !builtIn.has(grant.api))),
    hasToken: usage.data.some(({ api }) => api !== null && !builtIn.has(api)),
  };
}

export function FirstSteps() {
  const { data } = useQuery({
    queryKey: ['/usage', 'first steps'],
    queryFn: ({ signal }) => readProgress(signal),
  });
  if (data === undefined || data.hasToken) return null;
  return (
    <Card withBorder>
      <Title order={2} size="h4">
        {words.start}
      </Title>
      <Text c="dimmed" size="sm" mb="sm">
        {words.startHint}
      </Text>
      <Anchor component={Link} to="/first-steps" mb="sm" display="block">
        {text.firstRun.title}
      </Anchor>
      <List spacing="xs" center>
        <Step isDone={data.hasApi} to="/apis/new" label={words.steps.api} />
        <Step isDone={data.client !== undefined} to="/clients/new" label={words.steps.client} />
        <Step
          isDone={false}
          to={data.client === undefined ? '/clients/new' : `/clients/${data.client.id}`}
          label={words.steps.token}
        />
      </List>
    </Card>
  );
}

function Step({ isDone, to, label }: { isDone: boolean; to: string; label: string }) {
  return (
    <List.Item
      icon={
        <ThemeIcon
          size={24}
          radius="xl"
          color={isDone ? 'teal' : 'gray'}
          variant={isDone ? 'filled' : 'light'}
          aria-label={isDone ? words.done : words.open}
          role="img"
        >
          {isDone ? <IconCheck size={14} aria-hidden /> : <IconCircle size={14} aria-hidden />}
        </ThemeIcon>
      }
    >
      <Group gap="xs">
        {isDone ? (
          <Text span td="line-through" c="dimmed">
            {label}
          </Text>
        ) : (
          <Anchor component={Link} to={to}>
            {label}
          </Anchor>
        )}
      </Group>
    </List.Item>
  );
}
