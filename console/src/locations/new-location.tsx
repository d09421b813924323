/** A location made in a dialog: it has a name and nothing else. */
import { Button, Group, Stack, TextInput } from '@mantine/core';
import { modals } from '@mantine/modals';
import { notifications } from '@mantine/notifications';
import { IconPlus } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useCreation } from '../api/creation.ts';
import { useSubmit } from '../elements/use-submit.tsx';
import { text } from '../text/text.ts';

const words = text.locations;

export function NewLocationButton() {
  const openForm = () => {
    const modalId = modals.open({
      title: words.add,
      children: <NewLocation onDone={() => modals.close(modalId)} />,
    });
  };
  return (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={openForm}>
      {words.add}
    </Button>
  );
}

function NewLocation({ onDone }: { onDone: () => void }) {
  const queryClient = useQueryClient();
  const [name, setName] = useState('');
  const create = useCreation();
  const { onSubmit, isBusy, alert } = useSubmit({ isCreation: true });
  const make = async () => {
    await create('/locations', { name });
    await queryClient.invalidateQueries({ queryKey: ['/locations'] });
    notifications.show({ color: 'teal', message: words.created(name) });
    onDone();
  };
  return (
    <form onSubmit={onSubmit(make)}>
      <Stack>
        <TextInput
          label={words.name}
          required
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          data-autofocus
        />
        {alert}
        <Group justify="flex-end">
          <Button variant="default" onClick={onDone} disabled={isBusy}>
            {text.everyPage.actions.cancel}
          </Button>
          <Button type="submit" loading={isBusy}>
            {words.create}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
