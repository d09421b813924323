/** The first client: granted every scope of the first API. Its secret goes to whoever shows it, and nowhere else. */
import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQueryClient } from '@tanstack/react-query';
import { useCreation } from '../api/creation.ts';
import type { Api, CreatedClient } from '../api/records.ts';
import type { ShownCredential } from '../elements/shown-secret.tsx';
import { useSubmit } from '../elements/use-submit.tsx';
import { text } from '../text/text.ts';

const words = text.firstRun.client;

interface FirstClientProps {
  api: Api;
  onMade: (credential: ShownCredential | undefined) => void;
}

export function FirstClient({ api, onMade }: FirstClientProps) {
  const queryClient = useQueryClient();
  const create = useCreation();
  const form = useForm({ initialValues: { name: '' } });
  const scopes = api.scopes.map(({ value }) => value);
  const { submit, isBusy, alert } = useSubmit({ form, isCreation: true });
  const register = async ({ name }: typeof form.values) => {
    const { client_id: clientId, client_secret: clientSecret } = await create<CreatedClient>(
      '/clients',
      { name, grants: scopes.length === 0 ? [] : [{ api: api.identifier, scopes }] },
    );
    onMade(clientSecret === null ? undefined : { clientId, clientSecret });
    await queryClient.invalidateQueries({ queryKey: ['/clients'] });
  };
  return (
    <form onSubmit={form.onSubmit((values) => submit(() => register(values)))}>
      <Stack gap="sm">
        <Text size="sm">{words.explanation(api.name, scopes.join(' '))}</Text>
        <TextInput
          label={words.name}
          placeholder={words.nameExample}
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
