/** Several clients deactivated at once, with when each was used last. */
import { Button, List, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { patch } from '../api/api-call.ts';
import type { Client } from '../api/records.ts';
import { askToConfirm } from '../elements/confirm.tsx';
import { TimeText } from '../elements/time-text.tsx';
import { text } from '../text/text.ts';

const words = text.clients;

interface DeactivateButtonProps {
  chosen: readonly Client[];
  onDone: () => void;
}

export function DeactivateButton({ chosen, onDone }: DeactivateButtonProps) {
  const queryClient = useQueryClient();
  const active = chosen.filter((client) => client.active);
  const ask = () =>
    askToConfirm({
      title: words.deactivateTitle(active.length),
      confirm: words.deactivateSelected,
      consequences: (
        <>
          <Text size="sm">{words.deactivateConsequence}</Text>
          <List size="sm" mah={240} style={{ overflowY: 'auto' }}>
            {active.map(({ id, name, last_used_at: lastUsedAt }) => (
              <List.Item key={id}>
                {name} · {text.everyPage.time.lastUsed} <TimeText value={lastUsedAt} />
              </List.Item>
            ))}
          </List>
        </>
      ),
      act: async () => {
        try {
          for (const { id } of active) await patch(`/clients/${id}`, { active: false });
        } finally {
          // Also after a fault in the middle: what was done shows.
          await queryClient.invalidateQueries({ queryKey: ['/clients'] });
        }
        notifications.show({ color: 'teal', message: words.deactivated(active.length) });
        onDone();
      },
    });
  return (
    <Button color="red" variant="outline" disabled={active.length === 0} onClick={ask}>
      {words.deactivateSelected} ({active.length})
    </Button>
  );
}
