/** `/console/sign-in`: where somebody comes who is not signed in. */
import { Alert, Button, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { useEffect } from 'react';
import { ApiProblem } from '../api/api-problem.ts';
import { useSubmit } from '../elements/use-submit.tsx';
import { text } from '../text/text.ts';
import { DoorPage } from './door-page.tsx';
import { forgetInput } from '../session/kept-input.ts';
import { forgetSession, signIn } from '../session/session.tsx';

const words = text.door.signIn;
const route = getRouteApi('/sign-in');

export function SignInPage() {
  const { next, reason } = route.useSearch();
  const router = useRouter();
  const form = useForm({ initialValues: { email: '', password: '' } });
  const { submit, isBusy, alert } = useSubmit({ keepsFocus: true });
  // Whoever was here before has left nothing behind.
  useEffect(() => {
    forgetSession();
    // Who is only back for the password finds what they had typed.
    if (reason !== 'ended') forgetInput();
  }, [reason]);

  const enter = async ({ email, password }: typeof form.values) => {
    try {
      await signIn(email, password);
    } catch (error) {
      form.setFieldValue('password', '');
      const isRefused = error instanceof ApiProblem && error.status === 401;
      throw isRefused ? new ApiProblem(401, { detail: words.failed }) : error;
    }
    await router.invalidate();
    // What `isOwnPath` let through: below the console, wherever it is mounted.
    router.history.push(`${router.basepath}${next ?? '/'}`);
  };

  return (
    <DoorPage title={words.title}>
      {reason === 'ended' && <Alert color="yellow">{words.ended}</Alert>}
      {reason === 'signed-out' && <Alert color="teal">{words.signedOut}</Alert>}
      {reason === 'ready' && <Alert color="teal">{text.door.invitation.done}</Alert>}
      <form onSubmit={form.onSubmit((values) => submit(() => enter(values)))}>
        <Stack>
          {alert}
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
          <Button type="submit" loading={isBusy} fullWidth>
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
