/** The first API: an identifier that never changes, a name, and the scopes it defines. */
import { Button, Group, Stack, TagsInput, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { post } from '../api/api-call.ts';
import { ApiProblem } from '../api/api-problem.ts';
import { ProblemAlert } from '../elements/problem-alert.tsx';
import { text } from '../text/text.ts';

const words = text.firstRun.api;

export function FirstApi() {
  const queryClient = useQueryClient();
  const [problem, setProblem] = useState<unknown>();
  const form = useForm({ initialValues: { name: '', identifier: '', scopes: [] as string[] } });
  const submit = form.onSubmit(async ({ name, identifier, scopes }) => {
    setProblem(undefined);
    try {
      await post('/apis', { name, identifier, scopes: scopes.map((value) => ({ value })) });
      await queryClient.invalidateQueries({ queryKey: ['/apis'] });
    } catch (error) {
      if (error instanceof ApiProblem) form.setErrors(Object.fromEntries(error.faults));
      setProblem(error);
    }
  });
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <TextInput
          label={words.name}
          placeholder={words.nameExample}
          required
          {...form.getInputProps('name')}
        />
        <TextInput
          label={words.identifier}
          description={words.identifierHint}
          placeholder={words.identifierExample}
          classNames={{ input: 'mono' }}
          required
          {...form.getInputProps('identifier')}
        />
        <TagsInput
          label={words.scopes}
          description={words.scopesHint}
          placeholder={form.values.scopes.length === 0 ? words.scopesExample : ''}
          splitChars={[',', ' ']}
          acceptValueOnBlur
          required
          {...form.getInputProps('scopes')}
        />
        <ProblemAlert problem={problem} />
        <Group>
          <Button
            type="submit"
            loading={form.submitting}
            disabled={form.values.scopes.length === 0}
          >
            {words.submit}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
