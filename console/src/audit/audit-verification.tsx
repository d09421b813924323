/** Verifies the audit log, call after call to its end, and says what was found. */
import { Alert, Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { IconShieldCheck, IconShieldX } from '@tabler/icons-react';
import { useState } from 'react';
import { get } from '../api/api-call.ts';
import type { AuditVerification as Verification } from '../api/records.ts';
import { CopyText } from '../elements/copy-text.tsx';
import { useSubmit } from '../elements/use-submit.tsx';
import { text } from '../text/text.ts';

const words = text.audit;

interface Outcome {
  events: number;
  /** Of every call: had an event been missing, it had shown. */
  isComplete: boolean;
  last: Verification;
}

export function AuditVerification() {
  const [checkpoint, setCheckpoint] = useState('');
  const [looked, setLooked] = useState(0);
  const [outcome, setOutcome] = useState<Outcome>();
  const { submit, isBusy, alert } = useSubmit();

  const verify = async () => {
    setOutcome(undefined);
    let events = 0;
    let isComplete = true;
    let cursor: string | null = '';
    while (cursor !== null) {
      setLooked(events);
      const last: Verification = await get<Verification>('/audit-events/verification', {
        cursor,
        checkpoint: checkpoint.trim(),
      });
      events += last.events;
      isComplete &&= last.complete;
      cursor = last.verified ? last.next_cursor : null;
      if (cursor === null) setOutcome({ events, isComplete, last });
    }
  };

  return (
    <Stack gap="xs">
      <Group align="flex-end">
        <TextInput
          label={words.checkpointField}
          value={checkpoint}
          onChange={(event) => setCheckpoint(event.currentTarget.value)}
          classNames={{ input: 'mono' }}
          w={{ base: '100%', sm: 420 }}
        />
        <Button onClick={() => void submit(verify)} loading={isBusy}>
          {words.verify}
        </Button>
        {isBusy && (
          <Text size="sm" role="status">
            {words.verifying(looked)}
          </Text>
        )}
      </Group>
      {alert}
      {outcome && <OutcomeAlert outcome={outcome} />}
    </Stack>
  );
}

function OutcomeAlert({ outcome: { events, isComplete, last } }: { outcome: Outcome }) {
  if (last.fault !== null) {
    return (
      <Alert color="red" role="alert" title={words.faultTitle} icon={<IconShieldX aria-hidden />}>
        {words.fault(last.fault.detail, last.fault.event)}
      </Alert>
    );
  }
  return (
    <Alert color="green" role="status" icon={<IconShieldCheck aria-hidden />}>
      <Stack gap="xs">
        {isComplete ? words.verified(events) : words.verifiedPart(events)}
        {last.checkpoint !== null && (
          <>
            <Text size="sm">{words.checkpoint}</Text>
            <CopyText value={last.checkpoint} what={words.checkpointWhat} />
          </>
        )}
      </Stack>
    </Alert>
  );
}
