/** The secrets of a client: which are live, when and from where each was used last, a new one beside them, and their ends. */
import { Alert, Badge, Button, Group, Modal, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconKey, IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { post, remove } from '../api/api-call.ts';
import { useListPages } from '../api/list-pages.ts';
import type { Client, ClientSecret, CreatedSecret } from '../api/records.ts';
import { askToConfirm } from '../elements/confirm.tsx';
import { EmptyState } from '../elements/empty-state.tsx';
import { RecordTable, type Column } from '../elements/record-table.tsx';
import { ShownSecret } from '../elements/shown-secret.tsx';
import { TimeText } from '../elements/time-text.tsx';
import { useSubmit } from '../elements/use-submit.tsx';
import { useMay } from '../session/session.tsx';
import { text } from '../text/text.ts';
import { useClientsChanged } from './client-changes.ts';
import { Impact } from './impact.tsx';
import { NewSecretForm } from './new-secret-form.tsx';
import { RegenerateButton } from './regenerate-button.tsx';
import { describeSeconds } from './seconds-select.tsx';

const words = text.client.secrets;
const colours = { live: 'teal', retiring: 'orange', ended: 'gray', revoked: 'gray' } as const;

const columns: readonly Column<ClientSecret>[] = [
  { key: 'hint', title: words.hint, render: ({ hint }) => <span className="mono">{hint}</span> },
  { key: 'status', title: words.status, render: (secret) => <Status secret={secret} /> },
  {
    key: 'created_at',
    title: words.created,
    render: ({ created_at: createdAt }) => <TimeText value={createdAt} />,
  },
  {
    key: 'expires_at',
    title: words.expires,
    render: ({ expires_at: expiresAt }) => <TimeText value={expiresAt} />,
  },
  {
    key: 'last_used_at',
    title: words.lastUsed,
    render: ({ last_used_at: lastUsedAt, last_used_address: address }) => (
      <div>
        <TimeText value={lastUsedAt} />
        {address !== null && <Text size="xs">{words.from(address)}</Text>}
      </div>
    ),
  },
];

export function SecretsTab({ client }: { client: Client }) {
  const may = useMay();
  const clientsChanged = useClientsChanged();
  const pages = useListPages<ClientSecret>(`/clients/${client.id}/secrets`);
  const [isMaking, setIsMaking] = useState(false);
  const [made, setMade] = useState<CreatedSecret>();
  const mayChange = may('secrets:write');

  const done = (secret: CreatedSecret) => {
    setMade(secret);
    setIsMaking(false);
    void clientsChanged();
  };

  return (
    <Stack>
      {made !== undefined && (
        <Made client={client} secret={made} onStored={() => setMade(undefined)} />
      )}
      <Text size="sm">{words.explanation}</Text>
      {mayChange && (
        <Group>
          <Button
            leftSection={<IconPlus size={16} aria-hidden />}
            disabled={made !== undefined}
            onClick={() => setIsMaking(true)}
          >
            {words.make}
          </Button>
          <RegenerateButton client={client} />
        </Group>
      )}
      <Modal opened={isMaking} onClose={() => setIsMaking(false)} title={words.makeTitle} size="lg">
        <NewSecretForm clientId={client.id} onCancel={() => setIsMaking(false)} onDone={done} />
      </Modal>
      <RecordTable
        label={words.title}
        pages={pages}
        columns={
          mayChange
            ? [
                ...columns,
                {
                  key: 'actions',
                  title: text.everyPage.column.actions,
                  render: (secret) => <Acts client={client} secret={secret} />,
                },
              ]
            : columns
        }
        nameOf={({ hint }) => hint}
        empty={<EmptyState icon={<IconKey />} title={words.empty} hint={words.emptyHint} />}
      />
    </Stack>
  );
}

function Status({ secret }: { secret: ClientSecret }) {
  const { status, retires_at: retiresAt, retires_when_quiet_for_seconds: quietSeconds } = secret;
  return (
    <Stack gap={2} align="flex-start">
      <Badge color={colours[status]}>{words.statuses[status]}</Badge>
      {status === 'retiring' && retiresAt !== null && (
        <Text size="xs">
          {words.retires} <TimeText value={retiresAt} />
        </Text>
      )}
      {status === 'retiring' && quietSeconds !== null && (
        <Text size="xs">{words.whenQuiet(describeSeconds(quietSeconds))}</Text>
      )}
    </Stack>
  );
}

function Made(props: { client: Client; secret: CreatedSecret; onStored: () => void }) {
  const { client, secret, onStored } = props;
  if (secret.client_secret === null) {
    return (
      <Alert color="yellow" role="alert" withCloseButton onClose={onStored}>
        {words.replayed}
      </Alert>
    );
  }
  return (
    <ShownSecret
      credential={{ clientId: client.client_id, clientSecret: secret.client_secret }}
      name={client.name}
      onStored={onStored}
    />
  );
}

function Acts({ client, secret }: { client: Client; secret: ClientSecret }) {
  const clientsChanged = useClientsChanged();
  const { submit, isBusy } = useSubmit({ isAside: true });
  const path = `/clients/${client.id}/secrets/${secret.id}`;
  if (secret.status !== 'live' && secret.status !== 'retiring') return null;

  const keep = async () => {
    await post(`${path}/keep`);
    notifications.show({ color: 'teal', message: words.kept });
    await clientsChanged();
  };
  const askToRevoke = () =>
    askToConfirm({
      title: words.revokeTitle(secret.hint),
      confirm: words.revokeConfirm,
      word: words.revokeWord,
      consequences: (
        <>
          <Text size="sm">{words.revokeConsequence}</Text>
          <Impact clientId={client.id} secret={secret.id} />
        </>
      ),
      act: async () => {
        await remove(path);
        notifications.show({ color: 'teal', message: words.revoked(secret.hint) });
        await clientsChanged();
      },
    });

  return (
    <Group gap="xs" wrap="nowrap">
      {secret.status === 'retiring' && (
        <Button
          variant="default"
          size="xs"
          aria-label={words.keepWhich(secret.hint)}
          loading={isBusy}
          onClick={() => void submit(keep)}
        >
          {words.keep}
        </Button>
      )}
      <Button
        variant="outline"
        color="red"
        size="xs"
        aria-label={words.revokeWhich(secret.hint)}
        onClick={askToRevoke}
      >
        {words.revoke}
      </Button>
    </Group>
  );
}
