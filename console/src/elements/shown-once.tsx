/**
 * Something that is shown this once: green, and gone when whoever sees it says that it is stored. It lives in the state
 * of whoever shows it, never in a cache, an address or the browser's storage. Leaving the page asks first.
 */
import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';
import { useBlocker } from '@tanstack/react-router';
import { useEffect, useRef, type ReactNode } from 'react';
import { holdSessionEnd } from '../api/session-end.ts';
import { text } from '../text/text.ts';
import { keepFocus } from './keep-focus.ts';

const words = text.everyPage.secret;

interface ShownOnceProps {
  title: string;
  /** Why it is shown this once. */
  why: string;
  /** Beside "I have stored it". */
  actions?: ReactNode;
  /** Called when it is stored: forget it. */
  onStored: () => void;
  children: ReactNode;
}

export function ShownOnce({ title, why, actions, onStored, children }: ShownOnceProps) {
  useBlocker({
    shouldBlockFn: () => !window.confirm(words.leave),
    enableBeforeUnload: true,
  });
  useEffect(holdSessionEnd, []);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    box.current?.focus({ preventScroll: true });
    return () => void setTimeout(keepFocus);
  }, []);
  return (
    <Alert
      ref={box}
      tabIndex={-1}
      color="green"
      title={title}
      icon={<IconKey aria-hidden />}
      role="status"
      data-testid="shown-secret"
    >
      <Stack gap="xs">
        {children}
        <Text size="sm">{why}</Text>
        <Group>
          {actions}
          <Button color="green" onClick={onStored}>
            {words.stored}
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}
