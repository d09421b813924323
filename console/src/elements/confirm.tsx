/**
 * The question before something dangerous: what it will do, with real data, and for what cannot be undone a word to
 * type. The dialog stays open while it is done, and says what went wrong.
 */
import { Button, Group, Stack, TextInput } from '@mantine/core';
import { modals } from '@mantine/modals';
import { useEffect, useState, type FormEvent, type ReactNode } from 'react';
import { visibleText } from '../text/isolated.ts';
import { text } from '../text/text.ts';
import { keepFocus } from './keep-focus.ts';
import { useSubmit } from './use-submit.tsx';

interface Question {
  title: string;
  consequences: ReactNode;
  /** The button: what it does, "Delete the client". */
  confirm: string;
  /** To be typed where it cannot be undone. */
  word?: string;
  isHarmless?: boolean;
  act: () => Promise<unknown>;
}

export function askToConfirm(question: Question): void {
  const modalId = modals.open({
    title: question.title,
    size: 'lg',
    children: <Confirmation question={question} onDone={() => modals.close(modalId)} />,
  });
}

function Confirmation({ question, onDone }: { question: Question; onDone: () => void }) {
  const [typed, setTyped] = useState('');
  // Decided upon what is no longer so: the page behind shows what is, for another question.
  const { submit, isBusy, alert } = useSubmit({ onReload: onDone });
  // The dialog gives it back to the button that asked, unless that has gone with what was done.
  useEffect(() => () => void setTimeout(keepFocus), []);
  const { word } = question;
  const isReady = word === undefined || isTyped(word, typed);
  const words = text.everyPage;
  const act = async (event: FormEvent) => {
    event.preventDefault();
    if (isReady && (await submit(question.act))) onDone();
  };

  return (
    <form onSubmit={(event) => void act(event)}>
      <Stack>
        {question.consequences}
        {word !== undefined && (
          <TextInput
            label={words.confirm.typeToConfirm(word)}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            autoComplete="off"
            data-autofocus
          />
        )}
        {alert}
        <Group justify="flex-end">
          <Button variant="default" onClick={onDone} disabled={isBusy}>
            {words.actions.cancel}
          </Button>
          <Button
            type="submit"
            color={question.isHarmless ? 'teal' : 'red'}
            disabled={!isReady}
            loading={isBusy}
          >
            {question.confirm}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** Nobody has to type what cannot be seen. */
function isTyped(word: string, typed: string): boolean {
  const asked = visibleText(word);
  return asked === '' ? typed === word : visibleText(typed) === asked;
}
