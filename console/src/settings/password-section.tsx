/** Changing one's own password, which ends every other session. */
import { Button, PasswordInput, Stack } from '@mantine/core';
import { useForm } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { post } from '../api/api-call.ts';
import { Section } from '../elements/section.tsx';
import { showFirstFault, useSubmit } from '../elements/use-submit.tsx';
import { text } from '../text/text.ts';

const words = text.settings.password;

export function PasswordSection() {
  const queryClient = useQueryClient();
  const form = useForm({
    initialValues: { current_password: '', new_password: '', repeat: '' },
    validate: {
      repeat: (value, { new_password: next }) => (value === next ? null : words.repeatDiffers),
    },
  });
  const { submit, isBusy, alert } = useSubmit({ form });
  const change = async ({ current_password, new_password }: typeof form.values) => {
    await post('/me/password', { current_password, new_password });
    form.reset();
    await queryClient.invalidateQueries({ queryKey: ['/me/sessions'] });
    notifications.show({ color: 'teal', message: words.changed });
  };
  return (
    <Section title={words.title}>
      <form onSubmit={form.onSubmit((values) => submit(() => change(values)), showFirstFault)}>
        <Stack maw={420}>
          <PasswordInput
            label={words.current}
            autoComplete="current-password"
            required
            {...form.getInputProps('current_password')}
          />
          <PasswordInput
            label={words.next}
            description={words.nextHint}
            autoComplete="new-password"
            required
            {...form.getInputProps('new_password')}
          />
          <PasswordInput
            label={words.repeat}
            autoComplete="new-password"
            required
            {...form.getInputProps('repeat')}
          />
          {alert}
          <Button type="submit" loading={isBusy} w="fit-content">
            {words.submit}
          </Button>
        </Stack>
      </form>
    </Section>
  );
}
