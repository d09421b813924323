/** The first client: granted every scope of the first API. Its secret goes to whoever shows it, and nowhere else. */
import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { exchange } from '../api/api-call.ts';
import type { Api, CreatedClient } from '../api/records.ts';
import { ProblemAlert } from '../elements/problem-alert.tsx';
import type { ShownCredential } from '../elements/shown-secret.tsx';
import { text } from '../text/text.ts';

const words = text.firstRun.client;

interface FirstClientProps {
  api: Api;
  onMade: (credential: ShownCredential | undefined) => void;
}

export function FirstClient({ api, onMade }: FirstClientProps) {
  const queryClient = useQueryClient();
  // The same for every try: two clicks make one client.
  const [idempotencyKey] = useState(() => crypto.randomUUID());
  const [problem, setProblem] = useState<unknown>();
  const form = useForm({ initialValues: { name: '' } });
  const scopes = api.scopes.map(({ value }) => value);
  const submit = form.onSubmit(async ({ name }) => {
    setProblem(undefined);
    try {
      const { body } = await exchange<CreatedClient>('POST', '/clients', {
        body: { name, grants: scopes.length === 0 ? [] : [{ api: api.identifier, scopes }] },
        idempotencyKey,
      });
      const { client_id: clientId, client_secret: clientSecret } = body;
      onMade(clientSecret === null ? undefined : { clientId, clientSecret });
      await queryClient.invalidateQueries({ queryKey: ['/clients'] });
    } catch (error) {
      setProblem(error);
    }
  });
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <Text size="sm">{words.explanation(api.name, scopes.join(' '))}</Text>
        <TextInput
          label={words.name}
          placeholder={words.nameExample}
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
