/** Asks for the password again before what cannot be taken back, wherever on the page it was asked for. */
import { Button, Group, Modal, PasswordInput, Stack, Text } from '@mantine/core';
import { useEffect, useRef, useState, type FormEvent } from 'react';
import { exchange, setPasswordQuestion } from '../api/api-call.ts';
import { ApiProblem } from '../api/api-problem.ts';
import { useSubmit } from '../elements/use-submit.tsx';
import { text } from '../text/text.ts';

const words = text.frame.password;
/** Above the dialog that asked for it. */
const layer = 400;

interface Question {
  answer: (isConfirmed: boolean) => void;
}

export function PasswordPrompt() {
  const [question, setQuestion] = useState<Question>();
  useEffect(() => {
    setPasswordQuestion(
      () =>
        new Promise((resolve) => {
          setQuestion({
            answer: (isConfirmed) => {
              setQuestion(undefined);
              resolve(isConfirmed);
            },
          });
        }),
    );
    return () => setPasswordQuestion(undefined);
  }, []);
  return (
    <Modal
      opened={question !== undefined}
      onClose={() => question?.answer(false)}
      title={words.title}
      zIndex={layer}
    >
      {question && <PasswordForm question={question} />}
    </Modal>
  );
}

function PasswordForm({ question }: { question: Question }) {
  const [password, setPassword] = useState('');
  const field = useRef<HTMLInputElement>(null);
  const { submit, isBusy, alert } = useSubmit({ keepsFocus: true });
  const confirm = async () => {
    try {
      await exchange('POST', '/session/confirmation', { body: { password } });
    } catch (error) {
      setPassword('');
      const isWrong = error instanceof ApiProblem && error.faults.has('password');
      throw isWrong ? new ApiProblem(error.status, { detail: words.wrong }) : error;
    }
    question.answer(true);
  };
  const send = async (event: FormEvent) => {
    event.preventDefault();
    if (!(await submit(confirm))) field.current?.focus();
  };

  return (
    <form onSubmit={(event) => void send(event)}>
      <Stack>
        <Text size="sm">{words.reason}</Text>
        <PasswordInput
          ref={field}
          label={words.field}
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          data-autofocus
        />
        {alert}
        <Group justify="flex-end">
          <Button variant="default" onClick={() => question.answer(false)}>
            {text.everyPage.actions.cancel}
          </Button>
          <Button type="submit" loading={isBusy}>
            {words.submit}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
