/** `/console/first-run#lki_…`: whoever opens the link of the first start becomes the owner, and is led on. */
import { Alert, Anchor, Button, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { post } from '../api/api-call.ts';
import { ApiProblem } from '../api/api-problem.ts';
import { ProblemAlert } from '../elements/problem-alert.tsx';
import { signIn } from '../session/session.tsx';
import { text } from '../text/text.ts';
import { DoorPage } from './door-page.tsx';
import { takeLinkToken } from './link-token.ts';

const words = text.firstRun.owner;
const fields = text.door.invitation;

export function FirstRunPage() {
  const [token] = useState(takeLinkToken);
  const navigate = useNavigate();
  const [problem, setProblem] = useState<unknown>();
  const form = useForm({
    initialValues: { email: '', name: '', password: '', repeat: '' },
    validate: {
      repeat: (value, { password }) => (value === password ? null : fields.repeatDiffers),
    },
  });

  if (token === undefined) {
    return (
      <DoorPage title={words.title}>
        <Alert color="yellow">{words.noToken}</Alert>
        <Anchor component={Link} to="/first-steps">
          {words.goOn}
        </Anchor>
      </DoorPage>
    );
  }

  const submit = form.onSubmit(async ({ email, name, password }) => {
    setProblem(undefined);
    try {
      await post('/invitations/accept', { token, email, name, password });
    } catch (error) {
      if (error instanceof ApiProblem && error.faults.size > 0) {
        form.setErrors(Object.fromEntries(error.faults));
      }
      const isOver = error instanceof ApiProblem && error.status === 404;
      setProblem(isOver ? new ApiProblem(404, { detail: words.refused }) : error);
      return;
    }
    try {
      await signIn(email, password);
    } catch {
      // The account is there: whatever was in the way, the door says it.
      await navigate({ to: '/sign-in', search: { reason: 'ready', next: '/first-steps' } });
      return;
    }
    await navigate({ to: '/first-steps' });
  });

  return (
    <DoorPage title={words.title}>
      <Text>{words.explanation}</Text>
      <form onSubmit={submit}>
        <Stack>
          <ProblemAlert problem={problem} />
          <TextInput
            label={fields.email}
            type="email"
            autoComplete="username"
            required
            {...form.getInputProps('email')}
          />
          <TextInput
            label={fields.name}
            autoComplete="name"
            required
            {...form.getInputProps('name')}
          />
          <PasswordInput
            label={fields.password}
            description={fields.passwordHint}
            autoComplete="new-password"
            required
            {...form.getInputProps('password')}
          />
          <PasswordInput
            label={fields.repeat}
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
