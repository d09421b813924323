/** What went wrong, what to do, and the request id by which the server's log knows it. */
import { Alert, Button, List, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { ApiProblem } from '../api/api-problem.ts';
import { PartialFailure } from '../api/partial-failure.ts';
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

/** What the server says in one sentence is what stands below it, field by field. */
function isSaidByFaults({ message, faults }: ApiProblem): boolean {
  return faults.size > 0 && [...faults.values()].every((fault) => isSaid(message, fault));
}

function isSaid(message: string, fault: string): boolean {
  return fault.split('; ').every((part) => message.includes(part));
}

interface ProblemAlertProps {
  problem: unknown;
  title?: string;
  /** It is the answer to what was just sent: it comes into sight, and the keyboard goes on from it. */
  takesFocus?: boolean;
  /** Called when what somebody else has changed meanwhile is about to be read again. */
  onReload?: (() => void) | undefined;
}

/** Nothing for undefined and null. */
export function ProblemAlert(props: ProblemAlertProps) {
  const { problem, title, takesFocus = false, onReload } = props;
  const queryClient = useQueryClient();
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!takesFocus || problem === undefined) return;
    box.current?.scrollIntoView({ block: 'center' });
    box.current?.focus({ preventScroll: true });
  }, [takesFocus, problem]);
  const reload = () => {
    onReload?.();
    void queryClient.invalidateQueries();
  };
  if (problem === undefined || problem === null) return null;
  const known = problem instanceof ApiProblem ? problem : undefined;
  return (
    <Alert
      ref={box}
      tabIndex={-1}
      color="red"
      role="alert"
      title={title ?? words.title}
      icon={<IconAlertTriangle aria-hidden />}
    >
      <Stack gap="xs">
        <Text size="sm" className="sentence">
          {known && isSaidByFaults(known) ? words.faults : describeProblem(problem)}
        </Text>
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
                <List.Item key={id}>
                  <bdi>{name}</bdi>
                </List.Item>
              ))}
            </List>
          </>
        )}
        {problem instanceof PartialFailure && (
          <List size="sm">
            {problem.notDone.map(({ id, name, problem: why }) => (
              <List.Item key={id}>
                <bdi>{name}</bdi>: {describeProblem(why)}
              </List.Item>
            ))}
          </List>
        )}
        {known?.status === 412 && (
          // By whom it is wanted alone: with what is read anew, what was typed is gone.
          <Button size="compact-sm" variant="default" w="fit-content" onClick={reload}>
            {words.reload}
          </Button>
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
