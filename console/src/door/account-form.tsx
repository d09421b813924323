/** Who comes in with a link says a name and chooses a password; with a link for anybody, an e-mail address as well. */
import { Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { post } from '../api/api-call.ts';
import { ApiProblem } from '../api/api-problem.ts';
import type { OpenLink } from '../api/records.ts';
import { showFirstFault, useSubmit } from '../elements/use-submit.tsx';
import { text } from '../text/text.ts';

const words = text.door.account;

interface Account {
  email: string;
  password: string;
}

interface AccountFormProps {
  /** Of the link. */
  token: string;
  link: OpenLink;
  submitLabel: string;
  /** Said when the link lets nobody in any more. */
  refused: string;
  onAccepted: (account: Account) => Promise<void>;
}

export function AccountForm(props: AccountFormProps) {
  const { token, link, submitLabel, refused, onAccepted } = props;
  const form = useForm({
    initialValues: { email: link.email ?? '', name: '', password: '', repeat: '' },
    validate: {
      repeat: (value, { password }) => (value === password ? null : words.repeatDiffers),
    },
  });

  const { submit, isBusy, alert } = useSubmit({ form });
  const accept = async ({ email, name, password }: typeof form.values) => {
    const account = {
      password,
      ...(link.email === null ? { email } : {}),
      ...(link.is_new ? { name } : {}),
    };
    try {
      await post('/invitations/accept', { token, ...account });
    } catch (error) {
      const isOver = error instanceof ApiProblem && error.status === 404;
      throw isOver ? new ApiProblem(404, { detail: refused }) : error;
    }
    await onAccepted({ email, password });
  };

  return (
    <form onSubmit={form.onSubmit((values) => submit(() => accept(values)), showFirstFault)}>
      <Stack>
        {alert}
        {/* Named by the link, it is there for whoever keeps passwords. */}
        <TextInput
          label={words.email}
          type="email"
          autoComplete="username"
          required
          readOnly={link.email !== null}
          {...form.getInputProps('email')}
        />
        {link.is_new && (
          <TextInput
            label={words.name}
            autoComplete="name"
            required
            {...form.getInputProps('name')}
          />
        )}
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
        <Button type="submit" loading={isBusy} fullWidth>
          {submitLabel}
        </Button>
      </Stack>
    </form>
  );
}
