/** A client is switched off and on again, or deleted: both can be taken back. */
import { Button, Card, Group, Stack, Text, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { patch, post, remove } from '../api/api-call.ts';
import type { Client } from '../api/records.ts';
import { askToConfirm } from '../elements/confirm.tsx';
import { describeProblem } from '../elements/problem-alert.tsx';
import { text } from '../text/text.ts';
import { useClientsChanged } from './client-changes.ts';
import { Impact } from './impact.tsx';

const words = text.client.overview;
const undoMillis = 30_000;

export function Ends({ client }: { client: Client }) {
  const clientsChanged = useClientsChanged();
  const navigate = useNavigate();

  const setActive = async (active: boolean) => {
    await patch(`/clients/${client.id}`, { active });
    const said = active ? words.activated(client.name) : words.deactivated(client.name);
    notifications.show({ color: 'teal', message: said });
    await clientsChanged();
  };
  const activate = () =>
    void setActive(true).catch((error: unknown) =>
      notifications.show({ color: 'red', message: describeProblem(error) }),
    );
  const askToDeactivate = () =>
    askToConfirm({
      title: words.deactivateTitle(client.name),
      confirm: words.deactivate,
      consequences: (
        <>
          <Text size="sm">{words.deactivateConsequence}</Text>
          <Impact clientId={client.id} />
        </>
      ),
      act: () => setActive(false),
    });

  const askToDelete = () =>
    askToConfirm({
      title: words.deleteTitle(client.name),
      confirm: words.delete,
      consequences: (
        <>
          <Text size="sm">{words.deleteConsequence}</Text>
          <Impact clientId={client.id} />
        </>
      ),
      act: async () => {
        await remove(`/clients/${client.id}`);
        await navigate({ to: '/clients' });
        await clientsChanged();
        showDeleted(client);
      },
    });

  return (
    <Card withBorder>
      <Stack>
        <Title order={2} size="h4">
          {words.danger}
        </Title>
        <Group>
          {client.active ? (
            <Button variant="outline" color="red" onClick={askToDeactivate}>
              {words.deactivate}
            </Button>
          ) : (
            <Button onClick={activate}>{words.activate}</Button>
          )}
          <Button variant="outline" color="red" onClick={askToDelete}>
            {words.delete}
          </Button>
        </Group>
      </Stack>
    </Card>
  );
}

/** As long as it is there, one press takes the deletion back; afterwards `restore` of the admin API does, for 30 days. */
function showDeleted(client: Client): void {
  const id = `deleted ${client.id}`;
  notifications.show({
    id,
    color: 'teal',
    autoClose: undoMillis,
    title: words.deleted(client.name),
    message: <Undo client={client} onDone={() => notifications.hide(id)} />,
  });
}

function Undo({ client, onDone }: { client: Client; onDone: () => void }) {
  const clientsChanged = useClientsChanged();
  const [isBusy, setIsBusy] = useState(false);
  const restore = async () => {
    setIsBusy(true);
    try {
      await post(`/clients/${client.id}/restore`);
      notifications.show({ color: 'teal', message: words.restored(client.name) });
      onDone();
      await clientsChanged();
    } catch (error) {
      notifications.show({ color: 'red', message: describeProblem(error) });
    } finally {
      setIsBusy(false);
    }
  };
  return (
    <Button variant="default" size="xs" mt={4} loading={isBusy} onClick={() => void restore()}>
      {text.everyPage.actions.undo}
    </Button>
  );
}
