/** What the organization is called: it stands in front of people, and in no token. */
import { Button, Group, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQueryClient } from '@tanstack/react-query';
import { patch } from '../api/api-call.ts';
import type { Organization } from '../api/records.ts';
import { useSubmit } from '../elements/use-submit.tsx';
import { text } from '../text/text.ts';

const words = text.firstRun.organization;

export function OrganizationName(props: { organization: Organization; onKept: () => void }) {
  const { organization, onKept } = props;
  const queryClient = useQueryClient();
  const form = useForm({ initialValues: { name: organization.name } });
  const { submit, isBusy, alert } = useSubmit({ form });
  const save = async ({ name }: typeof form.values) => {
    if (name === organization.name) return onKept();
    await patch(`/organizations/${organization.id}`, { name });
    await queryClient.invalidateQueries({ queryKey: ['/organizations'] });
  };
  return (
    <form onSubmit={form.onSubmit((values) => submit(() => save(values)))}>
      <Stack gap="sm">
        <TextInput
          label={words.name}
          description={words.hint}
          required
          {...form.getInputProps('name')}
        />
        {alert}
        <Group>
          <Button type="submit" loading={isBusy}>
            {words.submit}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
