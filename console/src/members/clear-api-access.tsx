/** The button with which an administrator clears a member's API access (FEATURES 5.4). */
import { Button, Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { remove } from '../api/api-call.ts';
import { askToConfirm } from '../elements/confirm.tsx';
import { TimeText } from '../elements/time-text.tsx';
import { useMay } from '../session/session.tsx';
import { text } from '../text/text.ts';

const words = text.access;

interface ClearApiAccessProps {
  /** Record id of the member. */
  member: string;
  name: string;
  clientId: string;
  lastUsedAt: string | null;
}

export function ClearApiAccess({ member, name, clientId, lastUsedAt }: ClearApiAccessProps) {
  const may = useMay();
  const queryClient = useQueryClient();
  if (!may('access:clear')) return null;
  const ask = () =>
    askToConfirm({
      title: words.clearTitle(name),
      confirm: words.clearConfirm,
      consequences: (
        <>
          <Text size="sm">{words.clearConsequence}</Text>
          <Group gap="xs">
            <Text size="sm" className="mono">
              {clientId}
            </Text>
            <Text size="sm">
              {words.clearLastUsed} <TimeText value={lastUsedAt} />
            </Text>
          </Group>
        </>
      ),
      act: async () => {
        await remove(`/members/${member}/api-access`);
        for (const path of ['/access', '/clients', '/members']) {
          await queryClient.invalidateQueries({ queryKey: [path] });
        }
        notifications.show({ color: 'teal', message: words.cleared(name) });
      },
    });
  return (
    <Button
      size="compact-sm"
      color="red"
      variant="outline"
      aria-label={words.clearWhose(name)}
      onClick={ask}
    >
      {words.clear}
    </Button>
  );
}
