/** Who comes in with a link says a name and chooses a password; with a link for anybody, an e-mail address as well. */
import { Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { post } from '../api/api-call.ts';
import { ApiProblem } from '../api/api-problem.ts';
import { ProblemAlert } from '../elements/problem-alert.tsx';
import { text } from '../text/text.ts';

const words = text.door.account;

interface Account {
  email: string;
  password: string;
}

interface AccountFormProps {
  /** Of the link. */
  token: string;
  /** The link names nobody. */
  asksForEmail?: boolean;
  submitLabel: string;
  /** Said when the link lets nobody in any more. */
  refused: string;
  onAccepted: (account: Account) => Promise<void>;
}

export function AccountForm(props: AccountFormProps) {
  const { token, asksForEmail = false, submitLabel, refused, onAccepted } = props;
  const [problem, setProblem] = useState<unknown>();
  const form = useForm({
    initialValues: { email: '', name: '', password: '', repeat: '' },
    validate: {
      repeat: (value, { password }) => (value === password ? null : words.repeatDiffers),
    },
  });

  const submit = form.onSubmit(async ({ email, name, password }) => {
    setProblem(undefined);
    const account = asksForEmail ? { email, name, password } : { name, password };
    try {
      await post('/invitations/accept', { token, ...account });
    } catch (error) {
      if (error instanceof ApiProblem && error.faults.size > 0) {
        form.setErrors(Object.fromEntries(error.faults));
      }
      const isOver = error instanceof ApiProblem && error.status === 404;
      setProblem(isOver ? new ApiProblem(404, { detail: refused }) : error);
      return;
    }
    await onAccepted({ email, password });
  });

  return (
    <form onSubmit={submit}>
      <Stack>
        <ProblemAlert problem={problem} />
        {asksForEmail && (
          <TextInput
            label={words.email}
            type="email"
            autoComplete="username"
            required
            {...form.getInputProps('email')}
          />
        )}
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
          {submitLabel}
        </Button>
      </Stack>
    </form>
  );
}
