/** Forms whose input is there again when a session has ended in the middle of it, and its member is back. */
import type { UseFormReturnType } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { useEffect, useRef, useState } from 'react';
import { onSessionEnd } from '../api/session-end.ts';
import { keepInput, takeInput } from '../session/kept-input.ts';
import { useSession } from '../session/session.tsx';
import { text } from '../text/text.ts';

interface KeptInput<Values> {
  /** Of the form, among those of the page. */
  name: string;
  /** Of the record that is changed (`ETag`): over what somebody else has changed meanwhile nothing is written. */
  version: string | undefined;
  /** undefined: nothing was typed. */
  read: () => Values | undefined;
  restore: (values: Values) => void;
}

function useKeptInput<Values>(input: KeptInput<Values>): void {
  const { memberId } = useSession();
  const { name, version = '' } = input;
  const latest = useRef(input);
  useEffect(() => {
    latest.current = input;
  });
  useEffect(() => {
    const place = JSON.stringify([window.location.pathname, name, version]);
    // Whoever kept it there is this form, as it was before.
    const values = takeInput(memberId, place) as Values | undefined;
    if (values !== undefined) {
      latest.current.restore(values);
      notifications.show({ id: 'kept-input', color: 'teal', message: text.everyPage.inputKept });
    }
    return onSessionEnd(() => {
      const typed = latest.current.read();
      if (typed !== undefined) keepInput(memberId, place, typed);
    });
  }, [memberId, name, version]);
}

/** `version`: of what is changed; none for what is made. */
export function useKeptForm<Values>(
  form: UseFormReturnType<Values>,
  name: string,
  version?: string,
): void {
  useKeptInput<Values>({
    name,
    version,
    read: () => (form.isDirty() ? form.getValues() : undefined),
    restore: (values) => form.setValues(values),
  });
}

/** `useState` for input that no form of its own library holds. */
export function useKeptState<Value>(
  name: string,
  initial: Value,
  version?: string,
): [Value, (value: Value) => void] {
  const [value, setValue] = useState(initial);
  const isTyped = JSON.stringify(value) !== JSON.stringify(initial);
  useKeptInput<Value>({
    name,
    version,
    read: () => (isTyped ? value : undefined),
    restore: (before) => setValue(before),
  });
  return [value, setValue];
}
