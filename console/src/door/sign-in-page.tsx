/** `/console/sign-in`: where somebody comes who is not signed in. */
import { Alert, Button, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { ApiProblem } from '../api/api-problem.ts';
import { ProblemAlert } from '../elements/problem-alert.tsx';
import { text } from '../text/text.ts';
import { DoorPage } from './door-page.tsx';
import { signIn } from '../session/session.tsx';

const words = text.door.signIn;
const route = getRouteApi('/sign-in');

export function SignInPage() {
  const { next, reason } = route.useSearch();
  const router = useRouter();
  const [problem, setProblem] = useState<unknown>();
  const form = useForm({ initialValues: { email: '', password: '' } });

  const submit = form.onSubmit(async ({ email, password }) => {
    setProblem(undefined);
    try {
      await signIn(email, password);
    } catch (error) {
      form.setFieldValue('password', '');
      const isRefused = error instanceof ApiProblem && error.status === 401;
      setProblem(isRefused ? new ApiProblem(401, { detail: words.failed }) : error);
      return;
    }
    await router.invalidate();
    // What `isOwnPath` let through: below the console, wherever it is mounted.
    router.history.push(`${router.basepath}${next ?? '/'}`);
  });

  return (
    <DoorPage title={words.title}>
      {reason === 'ended' && <Alert color="yellow">{words.ended}</Alert>}
      {reason === 'signed-out' && <Alert color="teal">{words.signedOut}</Alert>}
      {reason === 'ready' && <Alert color="teal">{text.door.invitation.done}</Alert>}
      <form onSubmit={submit}>
        <Stack>
          <ProblemAlert problem={problem} />
          <TextInput
            label={words.email}
            type="email"
            autoComplete="username"
            required
            data-autofocus
            {...form.getInputProps('email')}
          />
          <PasswordInput
            label={words.password}
            autoComplete="current-password"
            required
            {...form.getInputProps('password')}
          />
          <Button type="submit" loading={form.submitting} fullWidth>
            {words.submit}
          </Button>
        </Stack>
      </form>
      <Text size="sm" c="dimmed">
        {words.noAccount}
      </Text>
    </DoorPage>
  );
}
