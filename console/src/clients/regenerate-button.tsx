/** A new secret, or a new pair: what will break is named first, then the new credential is shown once (FEATURES 1.2, 1.3, 3.6). */
import { Alert, Button, Group, Modal, Radio, Stack, Text, TextInput } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { useState, type FormEvent } from 'react';
import { useCreation } from '../api/creation.ts';
import type { Client, RegeneratedCredential } from '../api/records.ts';
import { ShownSecret } from '../elements/shown-secret.tsx';
import { formatExact } from '../elements/time-text.tsx';
import { useSubmit } from '../elements/use-submit.tsx';
import { text } from '../text/text.ts';
import { useClientsChanged } from './client-changes.ts';
import { Impact } from './impact.tsx';
import { SecondsSelect, type Duration } from './seconds-select.tsx';

const words = text.client.regenerate;
const overlaps: readonly Duration[] = ['0', '3600', '86400', '604800', '2592000'];

interface RegenerateButtonProps {
  client: Pick<Client, 'id' | 'name'>;
  /** Which of the two is chosen at first. */
  isPair?: boolean;
}

export function RegenerateButton({ client, isPair = false }: RegenerateButtonProps) {
  const [isOpen, setIsOpen] = useState(false);
  const [credential, setCredential] = useState<RegeneratedCredential>();
  const clientsChanged = useClientsChanged();
  const close = () => {
    setIsOpen(false);
    setCredential(undefined);
    void clientsChanged();
  };
  const isShown = credential !== undefined;
  return (
    <>
      <Button
        variant="outline"
        color="red"
        leftSection={<IconRefresh size={16} aria-hidden />}
        onClick={() => setIsOpen(true)}
      >
        {words.button}
      </Button>
      <Modal
        opened={isOpen}
        onClose={close}
        size="lg"
        title={isShown ? words.doneTitle : words.title(client.name)}
        // A secret is not lost by a key or a click beside it.
        closeOnEscape={!isShown}
        closeOnClickOutside={!isShown}
        withCloseButton={!isShown}
      >
        {isShown ? (
          <ShownSecret
            credential={{
              clientId: credential.client_id,
              // Without it nothing is shown.
              clientSecret: credential.client_secret ?? '',
            }}
            name={client.name}
            note={
              credential.old_credential_ends_at === null
                ? words.oldEnds
                : words.oldEndsLater(formatExact(new Date(credential.old_credential_ends_at)))
            }
            onStored={close}
          />
        ) : (
          <Question
            client={client}
            isPairAtFirst={isPair}
            onCancel={close}
            onDone={setCredential}
          />
        )}
      </Modal>
    </>
  );
}

interface QuestionProps {
  client: Pick<Client, 'id'>;
  isPairAtFirst: boolean;
  onCancel: () => void;
  onDone: (credential: RegeneratedCredential) => void;
}

function Question({ client, isPairAtFirst, onCancel, onDone }: QuestionProps) {
  const [isPair, setIsPair] = useState(isPairAtFirst);
  const [overlap, setOverlap] = useState<Duration>('0');
  const [typed, setTyped] = useState('');
  const [isLost, setIsLost] = useState(false);
  const create = useCreation();
  const { submit, isBusy, alert } = useSubmit({ isCreation: true });
  // With an overlap nothing has ended yet.
  const isReady = overlap !== '0' || typed.trim() === words.word;

  const regenerate = async () => {
    const credential = await create<RegeneratedCredential>(`/clients/${client.id}/regenerate`, {
      client_id: isPair,
      overlap_seconds: Number(overlap),
    });
    // The answer that held it did not arrive.
    if (credential.client_secret === null) setIsLost(true);
    else onDone(credential);
  };
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (isReady) void submit(regenerate);
  };

  return (
    <form onSubmit={send}>
      <Stack>
        <Text size="sm">{words.consequence}</Text>
        <Impact clientId={client.id} />
        <Radio.Group
          label={words.what}
          value={isPair ? 'pair' : 'secret'}
          onChange={(value) => setIsPair(value === 'pair')}
        >
          <Stack gap="xs" mt="xs">
            <Radio value="secret" label={words.secret} />
            <Radio value="pair" label={words.pair} description={words.pairHint} />
          </Stack>
        </Radio.Group>
        <SecondsSelect
          label={words.overlap}
          description={words.overlapHint}
          value={overlap}
          onChange={setOverlap}
          offered={overlaps}
          names={{ '0': words.overlapNow }}
        />
        {overlap === '0' && (
          <TextInput
            label={text.everyPage.confirm.typeToConfirm(words.word)}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            autoComplete="off"
          />
        )}
        {alert}
        {isLost && <Alert color="red">{words.lost}</Alert>}
        <Group justify="flex-end">
          <Button variant="default" onClick={onCancel} disabled={isBusy}>
            {text.everyPage.actions.cancel}
          </Button>
          <Button type="submit" color="red" disabled={!isReady || isLost} loading={isBusy}>
            {words.submit}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
