/** A client is switched off and on again, or deleted: both can be taken back. */
import { Button, Card, Group, Stack, Text, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useNavigate } from '@tanstack/react-router';
import { patch, remove } from '../api/api-call.ts';
import type { Client } from '../api/records.ts';
import { askToConfirm } from '../elements/confirm.tsx';
import { useSubmit } from '../elements/use-submit.tsx';
import { text } from '../text/text.ts';
import { useClientsChanged } from './client-changes.ts';
import { Impact } from './impact.tsx';
import { RestoreButton } from './restore-button.tsx';

const words = text.client.overview;
const undoMillis = 30_000;

export function Ends({ client }: { client: Client }) {
  const clientsChanged = useClientsChanged();
  const navigate = useNavigate();
  const { submit, isBusy } = useSubmit({ isAside: true });

  const setActive = async (active: boolean) => {
    await patch(`/clients/${client.id}`, { active });
    const said = active ? words.activated(client.name) : words.deactivated(client.name);
    notifications.show({ color: 'teal', message: said });
    await clientsChanged();
  };
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
            <Button loading={isBusy} onClick={() => void submit(() => setActive(true))}>
              {words.activate}
            </Button>
          )}
          <Button variant="outline" color="red" onClick={askToDelete}>
            {words.delete}
          </Button>
        </Group>
      </Stack>
    </Card>
  );
}

/** As long as it is there, one press takes the deletion back; afterwards its page does, for 30 days. */
function showDeleted(client: Client): void {
  const id = `deleted ${client.id}`;
  notifications.show({
    id,
    color: 'teal',
    autoClose: undoMillis,
    title: words.deleted(client.name),
    message: (
      <RestoreButton
        client={client}
        label={text.everyPage.actions.undo}
        onDone={() => notifications.hide(id)}
      />
    ),
  });
}
