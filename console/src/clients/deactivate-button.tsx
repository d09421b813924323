/** Several clients deactivated at once, with when each was used last. */
import { Button, List, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { patch } from '../api/api-call.ts';
import { PartialFailure, type NotDone } from '../api/partial-failure.ts';
import type { Client } from '../api/records.ts';
import { askToConfirm } from '../elements/confirm.tsx';
import { TimeText } from '../elements/time-text.tsx';
import { text } from '../text/text.ts';

const words = text.clients;

interface DeactivateButtonProps {
  chosen: readonly Client[];
  onDone: () => void;
}

/** Each for itself, in their order: one that is refused stops no other. Returns those that were not done. */
async function deactivate(clients: readonly Client[]): Promise<NotDone[]> {
  const notDone: NotDone[] = [];
  for (const { id, name } of clients) {
    try {
      await patch(`/clients/${id}`, { active: false });
    } catch (problem) {
      notDone.push({ id, name, problem });
    }
  }
  return notDone;
}

export function DeactivateButton({ chosen, onDone }: DeactivateButtonProps) {
  const queryClient = useQueryClient();
  const active = chosen.filter((client) => client.active);
  const ask = () => {
    // Another press of the button is for those that were not done.
    let left = active;
    askToConfirm({
      title: words.deactivateTitle(active.length),
      confirm: words.deactivateSelected,
      consequences: (
        <>
          <Text size="sm">{words.deactivateConsequence}</Text>
          <List size="sm" mah={240} style={{ overflowY: 'auto' }}>
            {active.map(({ id, name, last_used_at: lastUsedAt }) => (
              <List.Item key={id}>
                <bdi>{name}</bdi> · {text.everyPage.time.lastUsed} <TimeText value={lastUsedAt} />
              </List.Item>
            ))}
          </List>
        </>
      ),
      act: async () => {
        const notDone = await deactivate(left);
        left = left.filter(({ id }) => notDone.some((one) => one.id === id));
        // Also where something was refused: what was done shows.
        await queryClient.invalidateQueries({ queryKey: ['/clients'] });
        if (notDone.length > 0) {
          const done = active.length - notDone.length;
          throw new PartialFailure(words.deactivatedSome(done, active.length), notDone);
        }
        notifications.show({ color: 'teal', message: words.deactivated(active.length) });
        onDone();
      },
    });
  };
  return (
    <Button color="red" variant="outline" disabled={active.length === 0} onClick={ask}>
      {words.deactivateSelected} ({active.length})
    </Button>
  );
}
