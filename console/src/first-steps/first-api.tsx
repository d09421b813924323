/** The first API: an identifier that never changes, a name, and the scopes it defines. */
import { Button, Group, Stack, TagsInput, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQueryClient } from '@tanstack/react-query';
import { useCreation } from '../api/creation.ts';
import { useSubmit } from '../elements/use-submit.tsx';
import { text } from '../text/text.ts';

const words = text.firstRun.api;

export function FirstApi() {
  const queryClient = useQueryClient();
  const create = useCreation();
  const form = useForm({ initialValues: { name: '', identifier: '', scopes: [] as string[] } });
  const { submit, isBusy, alert } = useSubmit({ form, isCreation: true });
  const register = async ({ name, identifier, scopes }: typeof form.values) => {
    await create('/apis', { name, identifier, scopes: scopes.map((value) => ({ value })) });
    await queryClient.invalidateQueries({ queryKey: ['/apis'] });
  };
  return (
    <form onSubmit={form.onSubmit((values) => submit(() => register(values)))}>
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
        {alert}
        <Group>
          <Button type="submit" loading={isBusy} disabled={form.values.scopes.length === 0}>
            {words.submit}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
