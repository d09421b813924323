/** A member's own API access: on, off, and regenerated (FEATURES 5.1, 5.2). */
import { Alert, Button, Group, Skeleton, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { get, remove } from '../api/api-call.ts';
import { useCreation } from '../api/creation.ts';
import type { ApiAccess, ShownApiAccess } from '../api/records.ts';
import { askToConfirm } from '../elements/confirm.tsx';
import { CopyText } from '../elements/copy-text.tsx';
import { Facts } from '../elements/facts.tsx';
import { ProblemAlert } from '../elements/problem-alert.tsx';
import { ReferenceButton } from '../elements/reference-button.tsx';
import { Section } from '../elements/section.tsx';
import { ShownSecret, type ShownCredential } from '../elements/shown-secret.tsx';
import { TimeText } from '../elements/time-text.tsx';
import { useSubmit } from '../elements/use-submit.tsx';
import { useSession } from '../session/session.tsx';
import { text } from '../text/text.ts';

const words = text.settings.apiAccess;
const path = '/me/api-access';

export function ApiAccessSection() {
  const { me } = useSession();
  const queryClient = useQueryClient();
  const [shown, setShown] = useState<ShownCredential>();
  const [isLost, setIsLost] = useState(false);
  const create = useCreation();
  const { submit, isBusy, alert } = useSubmit({ isCreation: true });
  const { data, error } = useQuery({
    queryKey: [path],
    queryFn: ({ signal }) => get<ApiAccess>(path, {}, signal),
  });

  const refresh = async () => {
    for (const key of [path, '/access', '/clients']) {
      await queryClient.invalidateQueries({ queryKey: [key] });
    }
  };
  const show = async (credentialPath: string) => {
    const { client_id: clientId, client_secret: clientSecret } = await create<ShownApiAccess>(
      credentialPath,
      {},
    );
    setIsLost(clientSecret === null);
    // The id is always there while it is on.
    if (clientSecret !== null) setShown({ clientId: clientId ?? '', clientSecret });
    await refresh();
  };
  const askToRegenerate = (access: ApiAccess) =>
    askToConfirm({
      title: words.regenerateTitle,
      confirm: words.regenerate,
      consequences: <Consequence sentence={words.regenerateConsequence} access={access} />,
      act: () => show(`${path}/regenerate`),
    });
  const askToTurnOff = (access: ApiAccess) =>
    askToConfirm({
      title: words.turnOffTitle,
      confirm: words.turnOff,
      consequences: <Consequence sentence={words.turnOffConsequence} access={access} />,
      act: async () => {
        await remove(path);
        setShown(undefined);
        await refresh();
        notifications.show({ color: 'teal', message: words.turnedOff });
      },
    });

  return (
    <Section title={words.title} actions={<ReferenceButton />}>
      <Text size="sm">{words.explanation}</Text>
      <ProblemAlert problem={error} />
      {alert}
      {isLost && (
        <Alert color="yellow" role="alert">
          {words.lost}
        </Alert>
      )}
      {shown !== undefined && (
        <ShownSecret
          callsAdminApi
          credential={shown}
          name={me.display_name}
          onStored={() => setShown(undefined)}
        />
      )}
      {data === undefined && error === null && <Skeleton height={60} />}
      {data?.active === false && (
        <>
          <Text size="sm">{words.off}</Text>
          <Group>
            <Button loading={isBusy} onClick={() => void submit(() => show(path))}>
              {words.turnOn}
            </Button>
          </Group>
        </>
      )}
      {data?.active === true && (
        <>
          <Facts
            facts={[
              [words.clientId, <CopyText key="" value={data.client_id ?? ''} what="client_id" />],
              [words.created, <TimeText key="" value={data.created_at} />],
              [words.lastUsed, <TimeText key="" value={data.last_used_at} />],
            ]}
          />
          <Group>
            <Button variant="default" onClick={() => askToRegenerate(data)}>
              {words.regenerate}
            </Button>
            <Button color="red" variant="outline" onClick={() => askToTurnOff(data)}>
              {words.turnOff}
            </Button>
          </Group>
        </>
      )}
    </Section>
  );
}

function Consequence({ sentence, access }: { sentence: string; access: ApiAccess }) {
  return (
    <>
      <Text size="sm">{sentence}</Text>
      <Text size="sm">
        {words.lastUsed}: <TimeText value={access.last_used_at} />
      </Text>
    </>
  );
}
