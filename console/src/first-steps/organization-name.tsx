/** What the organization is called: it stands in front of people, and in no token. */
import { Button, Group, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { patch } from '../api/api-call.ts';
import type { Organization } from '../api/records.ts';
import { ProblemAlert } from '../elements/problem-alert.tsx';
import { text } from '../text/text.ts';

const words = text.firstRun.organization;

export function OrganizationName(props: { organization: Organization; onKept: () => void }) {
  const { organization, onKept } = props;
  const queryClient = useQueryClient();
  const [problem, setProblem] = useState<unknown>();
  const form = useForm({ initialValues: { name: organization.name } });
  const submit = form.onSubmit(async ({ name }) => {
    setProblem(undefined);
    if (name === organization.name) return onKept();
    try {
      await patch(`/organizations/${organization.id}`, { name });
      await queryClient.invalidateQueries({ queryKey: ['/organizations'] });
    } catch (error) {
      setProblem(error);
    }
  });
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <TextInput
          label={words.name}
          description={words.hint}
          required
          {...form.getInputProps('name')}
        />
        <ProblemAlert problem={problem} />
        <Group>
          <Button type="submit" loading={form.submitting}>
            {words.submit}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
