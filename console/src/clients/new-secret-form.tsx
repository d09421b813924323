/** Another secret, and what becomes of those there are: they stay, end now, after an overlap, or when nobody uses them any more. */
import { Button, Group, Radio, Stack } from '@mantine/core';
import { useState } from 'react';
import { useCreation } from '../api/creation.ts';
import type { CreatedSecret } from '../api/records.ts';
import { useSubmit } from '../elements/use-submit.tsx';
import { text } from '../text/text.ts';
import { SecondsSelect, type Duration } from './seconds-select.tsx';

const words = text.client.secrets;
const overlaps: readonly Duration[] = ['3600', '86400', '604800', '2592000'];
const expiries: readonly Duration[] = ['0', '2592000', '7776000', '31536000'];
type Others = 'keep' | 'now' | 'later' | 'quiet';
const othersWords: readonly [Others, string][] = [
  ['keep', words.othersKeep],
  ['now', words.othersNow],
  ['later', words.othersLater],
  ['quiet', words.othersQuiet],
];

function toBody(others: Others, seconds: number, expiry: number): object {
  return {
    ...(expiry === 0 ? {} : { expires_in_seconds: expiry }),
    ...(others === 'now' ? { retire_others_in_seconds: 0 } : {}),
    ...(others === 'later' ? { retire_others_in_seconds: seconds } : {}),
    ...(others === 'quiet' ? { retire_others_when_quiet_for_seconds: seconds } : {}),
  };
}

interface NewSecretFormProps {
  clientId: string;
  onCancel: () => void;
  onDone: (secret: CreatedSecret) => void;
}

export function NewSecretForm({ clientId, onCancel, onDone }: NewSecretFormProps) {
  const [others, setOthers] = useState<Others>('keep');
  const [duration, setDuration] = useState<Duration>('604800');
  const [expiry, setExpiry] = useState<Duration>('0');
  const create = useCreation();
  const { onSubmit, isBusy, alert } = useSubmit({ isCreation: true });
  const make = async () => {
    const body = toBody(others, Number(duration), Number(expiry));
    onDone(await create<CreatedSecret>(`/clients/${clientId}/secrets`, body));
  };

  return (
    <form onSubmit={onSubmit(make)}>
      <Stack>
        <SecondsSelect
          label={words.expiry}
          value={expiry}
          onChange={setExpiry}
          offered={expiries}
          names={{ '0': words.never }}
        />
        <Radio.Group
          label={words.others}
          value={others}
          onChange={(value) => {
            const chosen = othersWords.find(([each]) => each === value);
            if (chosen !== undefined) setOthers(chosen[0]);
          }}
        >
          <Stack gap="xs" mt="xs">
            {othersWords.map(([value, label]) => (
              <Radio key={value} value={value} label={label} />
            ))}
          </Stack>
        </Radio.Group>
        {(others === 'later' || others === 'quiet') && (
          <SecondsSelect
            label={others === 'later' ? words.overlap : words.quiet}
            value={duration}
            onChange={setDuration}
            offered={overlaps}
          />
        )}
        {alert}
        <Group justify="flex-end">
          <Button variant="default" onClick={onCancel} disabled={isBusy}>
            {text.everyPage.actions.cancel}
          </Button>
          <Button type="submit" loading={isBusy} color={others === 'now' ? 'red' : 'teal'}>
            {words.makeSubmit}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
