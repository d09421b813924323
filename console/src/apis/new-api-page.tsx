/** `/console/apis/new`: registers an API. */
import { Button, Group, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useCreation } from '../api/creation.ts';
import type { Api } from '../api/records.ts';
import { useKeptForm } from '../elements/kept-input.ts';
import { Page } from '../elements/page.tsx';
import { showFirstFault, useSubmit } from '../elements/use-submit.tsx';
import { text } from '../text/text.ts';
import { ApiFields, newApi, toApiBody, type ApiValues } from './api-fields.tsx';

const words = text.apis;

export function NewApiPage() {
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const create = useCreation();
  const form = useForm<ApiValues>({ initialValues: newApi });
  useKeptForm(form, 'api');
  const { submit, isBusy, alert } = useSubmit({ form, isCreation: true });

  const register = async (values: ApiValues) => {
    const body = toApiBody(values);
    // What is told of a row is told at that row.
    form.setFieldValue('scopes', body.scopes);
    const api = await create<Api>('/apis', body);
    await queryClient.invalidateQueries({ queryKey: ['/apis'] });
    notifications.show({ color: 'teal', message: words.created(api.name) });
    await navigate({ to: `/apis/${api.id}` });
  };

  return (
    <Page title={words.createTitle} above={{ title: words.title, to: '/apis' }}>
      <form onSubmit={form.onSubmit((values) => submit(() => register(values)), showFirstFault)}>
        <Stack maw={720}>
          <TextInput
            label={words.form.identifier}
            description={words.form.identifierHint}
            classNames={{ input: 'mono' }}
            required
            {...form.getInputProps('identifier')}
          />
          <ApiFields form={form} />
          {alert}
          <Group>
            <Button type="submit" loading={isBusy}>
              {words.create}
            </Button>
          </Group>
        </Stack>
      </form>
    </Page>
  );
}
