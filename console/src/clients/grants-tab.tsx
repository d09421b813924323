/** What a client may ask for, changed as a whole (FEATURES 4.3); a change of somebody else's in between is refused, not overwritten. */
import { Alert, Button, Group, Stack, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { patch } from '../api/api-call.ts';
import type { Grant } from '../api/records.ts';
import { useKeptState } from '../elements/kept-input.ts';
import { useSubmit } from '../elements/use-submit.tsx';
import { useMay } from '../session/session.tsx';
import { text } from '../text/text.ts';
import { useClientsChanged, type ReadClient } from './client-changes.ts';
import { GrantsInput } from './grants-input.tsx';

const words = text.client.grants;

/** In the order they were granted. */
function findLost(before: readonly Grant[], after: readonly Grant[]): string[] {
  return before.flatMap(({ api, scopes }) => {
    const kept = after.find((grant) => grant.api === api)?.scopes ?? [];
    return scopes.filter((scope) => !kept.includes(scope));
  });
}

export function GrantsTab({ read: { client, etag } }: { read: ReadClient }) {
  const may = useMay();
  const clientsChanged = useClientsChanged();
  const [grants, setGrants] = useKeptState<Grant[]>('grants', client.grants, etag);
  const { submit, isBusy, alert } = useSubmit();
  const isDirty = JSON.stringify(grants) !== JSON.stringify(client.grants);
  const lost = findLost(client.grants, grants);

  const save = async () => {
    await patch(`/clients/${client.id}`, { grants }, etag);
    notifications.show({ color: 'teal', message: words.saved });
    await clientsChanged();
  };

  return (
    <Stack maw={760}>
      <Title order={2} size="h4">
        {words.title}
      </Title>
      <GrantsInput value={grants} onChange={setGrants} disabled={!may('clients:write')} />
      {lost.length > 0 && (
        <Alert color="yellow" role="status">
          {words.losing(lost.join(', '))}
        </Alert>
      )}
      {alert}
      {may('clients:write') && (
        <Group>
          <Button loading={isBusy} disabled={!isDirty} onClick={() => void submit(save)}>
            {words.save}
          </Button>
          <Button
            variant="default"
            disabled={!isDirty || isBusy}
            onClick={() => setGrants(client.grants)}
          >
            {words.discard}
          </Button>
        </Group>
      )}
    </Stack>
  );
}
