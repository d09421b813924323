/** Changing one's own password, which ends every other session. */
import { Button, PasswordInput, Stack } from '@mantine/core';
import { useForm } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { post } from '../api/api-call.ts';
import { ApiProblem } from '../api/api-problem.ts';
import { ProblemAlert } from '../elements/problem-alert.tsx';
import { Section } from '../elements/section.tsx';
import { text } from '../text/text.ts';

const words = text.settings.password;

export function PasswordSection() {
  const queryClient = useQueryClient();
  const [problem, setProblem] = useState<unknown>();
  const form = useForm({
    initialValues: { current_password: '', new_password: '', repeat: '' },
    validate: {
      repeat: (value, { new_password: next }) => (value === next ? null : words.repeatDiffers),
    },
  });
  const submit = form.onSubmit(async ({ current_password, new_password }) => {
    setProblem(undefined);
    try {
      await post('/me/password', { current_password, new_password });
    } catch (error) {
      if (error instanceof ApiProblem && error.faults.size > 0) {
        form.setErrors(Object.fromEntries(error.faults));
      }
      setProblem(error);
      return;
    }
    form.reset();
    await queryClient.invalidateQueries({ queryKey: ['/me/sessions'] });
    notifications.show({ color: 'teal', message: words.changed });
  });
  return (
    <Section title={words.title}>
      <form onSubmit={submit}>
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
          <ProblemAlert problem={problem} />
          <Button type="submit" loading={form.submitting} w="fit-content">
            {words.submit}
          </Button>
        </Stack>
      </form>
    </Section>
  );
}
