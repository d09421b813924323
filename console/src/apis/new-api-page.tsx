/** `/console/apis/new`: registers an API. */
import { Button, Group, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { exchange } from '../api/api-call.ts';
import { ApiProblem } from '../api/api-problem.ts';
import type { Api } from '../api/records.ts';
import { Page } from '../elements/page.tsx';
import { ProblemAlert } from '../elements/problem-alert.tsx';
import { text } from '../text/text.ts';
import { ApiFields, newApi, toApiBody } from './api-fields.tsx';

const words = text.apis;

export function NewApiPage() {
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  // The same for every try: an answer that was lost is given again.
  const [idempotencyKey] = useState(() => crypto.randomUUID());
  const [identifier, setIdentifier] = useState('');
  const [problem, setProblem] = useState<unknown>();
  const form = useForm({ initialValues: newApi });

  const submit = form.onSubmit(async (values) => {
    setProblem(undefined);
    try {
      const { body } = await exchange<Api>('POST', '/apis', {
        body: { identifier, ...toApiBody(values) },
        idempotencyKey,
      });
      await queryClient.invalidateQueries({ queryKey: ['/apis'] });
      notifications.show({ color: 'teal', message: words.created(body.name) });
      await navigate({ to: `/apis/${body.id}` });
    } catch (error) {
      setProblem(error);
    }
  });

  const faultOfIdentifier =
    problem instanceof ApiProblem ? problem.faults.get('identifier') : undefined;
  return (
    <Page title={words.createTitle} above={{ title: words.title, to: '/apis' }}>
      <form onSubmit={submit}>
        <Stack maw={720}>
          <TextInput
            label={words.form.identifier}
            description={words.form.identifierHint}
            classNames={{ input: 'mono' }}
            required
            value={identifier}
            onChange={(event) => setIdentifier(event.currentTarget.value)}
            error={faultOfIdentifier}
          />
          <ApiFields form={form} />
          <ProblemAlert problem={problem} />
          <Group>
            <Button type="submit" loading={form.submitting}>
              {words.create}
            </Button>
          </Group>
        </Stack>
      </form>
    </Page>
  );
}
