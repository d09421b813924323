/** A one-off access token for a chosen API and scopes, shown once with its expiry counting down (FEATURES 3.3). */
import { Alert, Button, Group, MultiSelect, Select, Stack, Text } from '@mantine/core';
import { useInterval } from '@mantine/hooks';
import { useState } from 'react';
import { post } from '../api/api-call.ts';
import type { Client, OneOffToken } from '../api/records.ts';
import { CopyText } from '../elements/copy-text.tsx';
import { useSubmit } from '../elements/use-submit.tsx';
import { text } from '../text/text.ts';
import { useClientsChanged } from './client-changes.ts';

const words = text.client.token;

interface ShownToken {
  token: OneOffToken;
  /** By the clock that never jumps, in milliseconds. */
  endsAt: number;
}

export function TokenTab({ client }: { client: Client }) {
  const granted = client.grants.filter(({ scopes }) => scopes.length > 0);
  const first = granted.find((grant) => grant.default) ?? granted[0];
  const [api, setApi] = useState(first?.api ?? null);
  const [scopes, setScopes] = useState<string[]>([]);
  const { submit, isBusy, alert } = useSubmit();
  const [shown, setShown] = useState<ShownToken>();
  const [isExpired, setIsExpired] = useState(false);
  const clientsChanged = useClientsChanged();

  const mint = async () => {
    setIsExpired(false);
    const token = await post<OneOffToken>(`/clients/${client.id}/token`, {
      ...(api === null ? {} : { resource: api }),
      ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
    });
    setShown({ token, endsAt: performance.now() + token.expires_in * 1000 });
    void clientsChanged();
  };

  if (first === undefined) return <Text size="sm">{words.none}</Text>;
  return (
    <Stack maw={760}>
      {shown !== undefined && (
        <Token
          shown={shown}
          onClose={() => setShown(undefined)}
          onExpire={() => {
            setShown(undefined);
            setIsExpired(true);
          }}
        />
      )}
      {isExpired && (
        <Alert color="yellow" role="status">
          {words.expired}
        </Alert>
      )}
      <Text size="sm">{words.explanation}</Text>
      {!client.active && <Alert color="yellow">{words.inactive}</Alert>}
      <Select
        label={words.api}
        data={granted.map((grant) => grant.api)}
        value={api}
        onChange={(next) => {
          setApi(next);
          setScopes([]);
        }}
        allowDeselect={false}
      />
      <MultiSelect
        label={words.scopes}
        description={words.scopesHint}
        data={granted.find((grant) => grant.api === api)?.scopes ?? []}
        value={scopes}
        onChange={setScopes}
        searchable
        clearable
        hidePickedOptions
      />
      {alert}
      <Group>
        <Button loading={isBusy} disabled={!client.active} onClick={() => void submit(mint)}>
          {words.submit}
        </Button>
      </Group>
    </Stack>
  );
}

function formatLeft(seconds: number): string {
  const rest = String(seconds % 60).padStart(2, '0');
  return `${Math.floor(seconds / 60)}:${rest}`;
}

interface TokenProps {
  shown: ShownToken;
  onClose: () => void;
  onExpire: () => void;
}

function Token({ shown: { token, endsAt }, onClose, onExpire }: TokenProps) {
  const [now, setNow] = useState(() => performance.now());
  useInterval(
    () => {
      setNow(performance.now());
      if (performance.now() >= endsAt) onExpire();
    },
    1000,
    { autoInvoke: true },
  );
  const secondsLeft = Math.max(0, Math.ceil((endsAt - now) / 1000));
  return (
    <Alert color="green" title={words.shownTitle} role="status" data-testid="shown-token">
      <Stack gap="xs" align="flex-start">
        <CopyText value={token.access_token} what={words.accessToken} />
        <Text size="sm">{words.carries(token.scope)}</Text>
        {/* Read aloud once, not every second. */}
        <Text size="sm" fw={600} role="timer" aria-live="off">
          {words.expiresIn(formatLeft(secondsLeft))}
        </Text>
        <Button color="green" onClick={onClose}>
          {words.close}
        </Button>
      </Stack>
    </Alert>
  );
}
