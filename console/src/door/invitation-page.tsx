/**
 * `/console/invitation#lki_…`: somebody comes in with a link. The token stands behind the `#`, which no browser sends
 * to any server, and is taken out of the address as soon as it was read.
 */
import { Alert, Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { post } from '../api/api-call.ts';
import { ApiProblem } from '../api/api-problem.ts';
import { ProblemAlert } from '../elements/problem-alert.tsx';
import { text } from '../text/text.ts';
import { DoorPage } from './door-page.tsx';
import { takeLinkToken } from './link-token.ts';

const words = text.door.invitation;

export function InvitationPage() {
  const [token] = useState(takeLinkToken);
  const navigate = useNavigate();
  const [problem, setProblem] = useState<unknown>();
  const form = useForm({
    initialValues: { name: '', password: '', repeat: '' },
    validate: {
      repeat: (value, { password }) => (value === password ? null : words.repeatDiffers),
    },
  });

  if (token === undefined) {
    return (
      <DoorPage title={words.title}>
        <Alert color="yellow">{words.noToken}</Alert>
      </DoorPage>
    );
  }

  const submit = form.onSubmit(async ({ name, password }) => {
    setProblem(undefined);
    try {
      await post('/invitations/accept', { token, name, password });
    } catch (error) {
      if (error instanceof ApiProblem && error.faults.size > 0) {
        form.setErrors(Object.fromEntries(error.faults));
      }
      const isOver = error instanceof ApiProblem && error.status === 404;
      setProblem(isOver ? new ApiProblem(404, { detail: words.refused }) : error);
      return;
    }
    await navigate({ to: '/sign-in', search: { reason: 'ready' } });
  });

  return (
    <DoorPage title={words.title}>
      {words.explanation}
      <form onSubmit={submit}>
        <Stack>
          <ProblemAlert problem={problem} />
          <TextInput
            label={words.name}
            autoComplete="name"
            required
            {...form.getInputProps('name')}
          />
          <PasswordInput
            label={words.password}
            description={words.passwordHint}
            autoComplete="new-password"
            required
            {...form.getInputProps('password')}
          />
          <PasswordInput
            label={words.repeat}
            autoComplete="new-password"
            required
            {...form.getInputProps('repeat')}
          />
          <Button type="submit" loading={form.submitting} fullWidth>
            {words.submit}
          </Button>
        </Stack>
      </form>
    </DoorPage>
  );
}
