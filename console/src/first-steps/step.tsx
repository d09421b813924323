/** One of the first steps: what it is about, whether it is done, and what to do while it is the next. */
import { Box, Group, Paper, Stack, Text, ThemeIcon, Title } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { Children, type ReactNode } from 'react';
import { text } from '../text/text.ts';

interface StepProps {
  number: number;
  title: string;
  isDone: boolean;
  /** Of what was done: the name of what was made. */
  outcome?: ReactNode;
  children?: ReactNode;
}

export function Step({ number, title, isDone, outcome, children }: StepProps) {
  const words = text.firstRun;
  // Undefined or false: what is asked for is not asked for now.
  const hasMore = Children.toArray(children).length > 0;
  return (
    <Paper withBorder p="md" component="section" aria-label={title} data-done={isDone}>
      <Group align="flex-start" wrap="nowrap">
        <ThemeIcon radius="xl" size={32} color={isDone ? 'green.8' : 'gray.7'} variant="filled">
          {isDone ? <IconCheck size={18} aria-label={words.done} /> : number}
        </ThemeIcon>
        <Stack gap="sm" flex={1} miw={0} style={{ overflowX: 'clip' }}>
          <Group gap="sm" justify="space-between">
            <Title order={2} size="h4">
              {title}
            </Title>
            {outcome !== undefined && outcome !== false && (
              <Text component="div" size="sm" className="breaks">
                {outcome}
              </Text>
            )}
          </Group>
          {hasMore && <Box>{children}</Box>}
        </Stack>
      </Group>
    </Paper>
  );
}
