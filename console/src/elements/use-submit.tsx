/**
 * What is sent to the server, from a form or with a button: once at a time, and what went wrong is said where the eye
 * is, and at the fields that it is of.
 */
import { Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useRef, useState, type FormEvent, type ReactNode } from 'react';
import { ApiProblem } from '../api/api-problem.ts';
import { text } from '../text/text.ts';
import { describeProblem, ProblemAlert } from './problem-alert.tsx';

interface SubmitOptions {
  /** Whose fields say what is wrong with them. */
  form?: { setErrors: (errors: Record<string, string>) => void };
  /** What the admin API calls a field, and the form calls otherwise. */
  fieldNames?: Readonly<Record<string, string>>;
  /** By `useCreation`: asked again, it is made once. */
  isCreation?: boolean;
  /** The keyboard stays in the field that has to be filled in again. */
  keepsFocus?: boolean;
  /** There is no room below a button: a notification says it. */
  isAside?: boolean;
  /** Called when what somebody else has changed meanwhile is about to be read again. */
  onReload?: () => void;
}

type Act = () => Promise<unknown>;

export interface Submission {
  /** False: it went wrong, and the alert says how; or it is being done already. */
  submit: (act: Act) => Promise<boolean>;
  /** Of a form without fields of its own library. */
  onSubmit: (act: Act) => (event: FormEvent) => void;
  isBusy: boolean;
  problem: unknown;
  /** In place of what the server would say. */
  refuse: (problem: unknown) => void;
  /** To stand below the fields, above the buttons. */
  alert: ReactNode;
}

export function useSubmit(options: SubmitOptions = {}): Submission {
  const [isBusy, setIsBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  // Two clicks may come before the button is drawn anew.
  const isUnderWay = useRef(false);

  const tell = (error: unknown) => {
    if (options.isAside) notifications.show({ color: 'red', message: describeProblem(error) });
    else setProblem(error);
    if (error instanceof ApiProblem && error.faults.size > 0) {
      options.form?.setErrors(nameFaults(error, options.fieldNames ?? {}));
    }
  };
  const submit = async (act: Act) => {
    if (isUnderWay.current) return false;
    isUnderWay.current = true;
    setIsBusy(true);
    setProblem(undefined);
    try {
      await act();
      return true;
    } catch (error) {
      tell(error);
      return false;
    } finally {
      isUnderWay.current = false;
      setIsBusy(false);
    }
  };
  const isLost = options.isCreation && problem instanceof ApiProblem && problem.status === 0;
  return {
    submit,
    onSubmit: (act) => (event) => {
      event.preventDefault();
      void submit(act);
    },
    isBusy,
    problem,
    refuse: tell,
    alert: (
      <>
        <ProblemAlert
          problem={problem}
          takesFocus={!options.keepsFocus}
          onReload={options.onReload}
        />
        {isLost && <Text size="sm">{text.everyPage.problem.lostCreation}</Text>}
      </>
    ),
  };
}

/** `scopes/0/value` is told at the row, and at the list, for forms that know no rows. */
function nameFaults(
  { faults }: ApiProblem,
  names: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    [...faults].flatMap(([pointer, detail]) => {
      const [field = pointer, ...rest] = pointer.split('/');
      const name = names[field] ?? field;
      return [
        [name, detail],
        [[name, ...rest].join('.'), detail],
      ];
    }),
  );
}

/** What a form refuses before it is sent: the first of it comes into sight, and has the keyboard. */
export function showFirstFault(_errors: object, _values: object, event?: FormEvent): void {
  const form = event?.currentTarget;
  if (!(form instanceof HTMLElement)) return;
  // The fields say it when they are drawn anew.
  setTimeout(() => form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
}
