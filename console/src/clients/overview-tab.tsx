/** What a client is: its facts, its settings, whether it is active, and its end. */
import { Button, Card, Group, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import type { ReactNode } from 'react';
import { patch } from '../api/api-call.ts';
import type { Client } from '../api/records.ts';
import { CopyText } from '../elements/copy-text.tsx';
import { TimeText } from '../elements/time-text.tsx';
import { useKeptForm } from '../elements/kept-input.ts';
import { showFirstFault, useSubmit } from '../elements/use-submit.tsx';
import { useMay } from '../session/session.tsx';
import { text } from '../text/text.ts';
import { useClientsChanged, type ReadClient } from './client-changes.ts';
import {
  clientFieldNames,
  ClientFields,
  toClientChange,
  toClientValues,
  type ClientValues,
} from './client-fields.tsx';
import { Ends } from './ends.tsx';

const words = text.client.overview;

export function OverviewTab({ read }: { read: ReadClient }) {
  const { client } = read;
  const may = useMay();
  return (
    <Stack gap="lg" maw={860}>
      <Facts client={client} />
      <Settings read={read} />
      {may('clients:write') && <Ends client={client} />}
    </Stack>
  );
}

function Facts({ client }: { client: Client }) {
  return (
    <Card withBorder>
      <Stack gap="sm">
        <Title order={2} size="h4">
          {words.facts}
        </Title>
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <Fact title={text.client.clientId}>
            <CopyText value={client.client_id} what={text.client.clientId} />
          </Fact>
          <Fact title={words.id}>
            <CopyText value={client.id} what={words.id} />
          </Fact>
          <Fact title={words.created}>
            <TimeText value={client.created_at} />
          </Fact>
          <Fact title={words.lastUsed}>
            <TimeText value={client.last_used_at} />
          </Fact>
          {client.deletes_at !== null && (
            <Fact title={words.deletes}>
              <TimeText value={client.deletes_at} />, {words.deletesHint}
            </Fact>
          )}
        </SimpleGrid>
        <Text size="sm">{words.secretWhy}</Text>
      </Stack>
    </Card>
  );
}

function Fact({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div>
      <Text size="sm" fw={600}>
        {title}
      </Text>
      {children}
    </div>
  );
}

function Settings({ read: { client, etag } }: { read: ReadClient }) {
  const may = useMay();
  const clientsChanged = useClientsChanged();
  const form = useForm<ClientValues>({ initialValues: toClientValues(client) });
  useKeptForm(form, 'settings', etag);
  const { submit, isBusy, alert } = useSubmit({ form, fieldNames: clientFieldNames });

  const save = async (values: ClientValues) => {
    await patch(`/clients/${client.id}`, toClientChange(values), etag);
    notifications.show({ color: 'teal', message: words.saved });
    await clientsChanged();
  };

  return (
    <Card withBorder>
      <form onSubmit={form.onSubmit((values) => submit(() => save(values)), showFirstFault)}>
        <Stack>
          <Title order={2} size="h4">
            {words.settings}
          </Title>
          <ClientFields form={form} disabled={!may('clients:write')} />
          {alert}
          {may('clients:write') && (
            <Group>
              <Button type="submit" loading={isBusy} disabled={!form.isDirty()}>
                {words.save}
              </Button>
            </Group>
          )}
        </Stack>
      </form>
    </Card>
  );
}
