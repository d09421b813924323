/** The button that brings a deleted client back, for 30 days after its deletion. */
import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { post } from '../api/api-call.ts';
import type { Client } from '../api/records.ts';
import { useSubmit } from '../elements/use-submit.tsx';
import { useMay } from '../session/session.tsx';
import { text } from '../text/text.ts';
import { useClientsChanged } from './client-changes.ts';

const words = text.client.deleted;

interface RestoreButtonProps {
  client: Pick<Client, 'id' | 'name'>;
  /** "Restore", where nothing else says so. */
  label?: string;
  isSmall?: boolean;
  onDone?: () => void;
}

export function RestoreButton(props: RestoreButtonProps) {
  const { client, label = words.restore, isSmall = false, onDone } = props;
  const may = useMay();
  const clientsChanged = useClientsChanged();
  const { submit, isBusy } = useSubmit({ isAside: true });
  if (!may('clients:write')) return null;
  const restore = async () => {
    try {
      const { name, active } = await post<Client>(`/clients/${client.id}/restore`);
      notifications.show({ color: 'teal', message: words.restored(name, active) });
      onDone?.();
    } finally {
      await clientsChanged();
    }
  };
  return (
    <Button
      variant="default"
      size={isSmall ? 'compact-sm' : 'sm'}
      w="fit-content"
      aria-label={isSmall ? words.restoreWhich(client.name) : undefined}
      loading={isBusy}
      onClick={() => void submit(restore)}
    >
      {label}
    </Button>
  );
}
