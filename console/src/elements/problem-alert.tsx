/** What went wrong, what to do, and the request id by which the server's log knows it. */
import { Alert, List, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { ApiProblem } from '../api/api-problem.ts';
import { text } from '../text/text.ts';

const words = text.everyPage.problem;

export function describeProblem(problem: unknown): string {
  if (!(problem instanceof ApiProblem)) {
    return problem instanceof Error ? problem.message : String(problem);
  }
  if (problem.status === 0) return words.noAnswer;
  if (problem.status === 412) return words.changedMeanwhile;
  return problem.message;
}

/** Nothing for undefined and null. */
export function ProblemAlert({ problem, title }: { problem: unknown; title?: string }) {
  if (problem === undefined || problem === null) return null;
  const known = problem instanceof ApiProblem ? problem : undefined;
  return (
    <Alert
      color="red"
      role="alert"
      title={title ?? words.title}
      icon={<IconAlertTriangle aria-hidden />}
    >
      <Stack gap="xs">
        <Text size="sm">{describeProblem(problem)}</Text>
        {known && known.faults.size > 0 && (
          <List size="sm">
            {[...known.faults].map(([pointer, detail]) => (
              <List.Item key={pointer}>
                <span className="mono">{pointer}</span>: {detail}
              </List.Item>
            ))}
          </List>
        )}
        {known && known.inTheWay.length > 0 && (
          <>
            <Text size="sm">{words.inTheWay}</Text>
            <List size="sm">
              {known.inTheWay.map(({ id, name }) => (
                <List.Item key={id}>{name}</List.Item>
              ))}
            </List>
          </>
        )}
        {known?.requestId !== undefined && (
          <Text size="xs" c="dimmed" className="mono">
            {words.requestId(known.requestId)}
          </Text>
        )}
      </Stack>
    </Alert>
  );
}
