/** What is still to do before the first access token; gone when one was issued. */
import { Anchor, Group, List, Text, ThemeIcon } from '@mantine/core';
import { IconCheck, IconCircle } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { Section } from '../elements/section.tsx';
import { useProgress } from '../first-steps/progress.ts';
import { text } from '../text/text.ts';

const words = text.overview;

export function FirstSteps() {
  const { isLoading, problem, api, client, tokens } = useProgress();
  // What is in the way is said where the steps are done.
  if (isLoading || problem !== null || tokens > 0) return null;
  return (
    <Section
      title={words.start}
      actions={
        <Anchor component={Link} to="/first-steps" size="sm">
          {text.firstRun.title}
        </Anchor>
      }
    >
      <Text c="dimmed" size="sm">
        {words.startHint}
      </Text>
      <List spacing="xs" center>
        <Step isDone={api !== undefined} to="/apis/new" label={words.steps.api} />
        <Step isDone={client !== undefined} to="/clients/new" label={words.steps.client} />
        <Step
          isDone={false}
          to={client === undefined ? '/clients/new' : `/clients/${client.id}`}
          label={words.steps.token}
        />
      </List>
    </Section>
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
