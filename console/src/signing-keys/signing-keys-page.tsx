/** `/console/signing-keys`: every key with its states in order, and for operators what can be done about them. */
import {
  Anchor,
  Badge,
  Button,
  Checkbox,
  Group,
  Select,
  Stack,
  Text,
  Tooltip,
} from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconCertificate } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { post } from '../api/api-call.ts';
import { useListPages } from '../api/list-pages.ts';
import type { SigningKey } from '../api/records.ts';
import { CommandText } from '../elements/command-text.tsx';
import { askToConfirm } from '../elements/confirm.tsx';
import { EmptyState } from '../elements/empty-state.tsx';
import { Page } from '../elements/page.tsx';
import { RecordTable, type Column } from '../elements/record-table.tsx';
import { TimeText } from '../elements/time-text.tsx';
import { useMay } from '../session/session.tsx';
import { text } from '../text/text.ts';

const words = text.signingKeys;
const algorithms = ['ES256', 'EdDSA', 'RS256', 'PS256'] as const;
const inJwks = new Set<SigningKey['state']>(['published', 'signing', 'retiring']);

const stateColors: Record<SigningKey['state'], string> = {
  published: 'blue',
  signing: 'teal',
  retiring: 'yellow',
  gone: 'gray',
  revoked: 'red',
};

export function SigningKeysPage() {
  const may = useMay();
  const queryClient = useQueryClient();
  const mayRotate = may('instance:operate') && may('signing_keys:write');
  const pages = useListPages<SigningKey>('/signing-keys');
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['/signing-keys'] });

  const columns: readonly Column<SigningKey>[] = [
    {
      key: 'kid',
      title: words.column.kid,
      render: ({ kid }) => <span className="mono">{kid}</span>,
    },
    { key: 'alg', title: words.column.alg, render: ({ alg }) => alg },
    {
      key: 'state',
      title: words.column.state,
      render: ({ state }) => (
        <Tooltip label={words.meaning[state]} events={{ hover: true, focus: true, touch: true }}>
          <Badge color={stateColors[state]} tabIndex={0}>
            {words.state[state]}
          </Badge>
        </Tooltip>
      ),
    },
    {
      key: 'timeline',
      title: words.column.timeline,
      render: (key) => <Timeline signingKey={key} />,
    },
    ...(mayRotate
      ? [
          {
            key: 'actions',
            title: text.everyPage.column.actions,
            render: (key: SigningKey) =>
              inJwks.has(key.state) && <RevokeButton kid={key.kid} onDone={refresh} />,
          },
        ]
      : []),
  ];

  return (
    <Page
      title={words.title}
      description={
        <>
          {words.description}{' '}
          <Anchor
            href="/.well-known/jwks.json"
            target="_blank"
            rel="noreferrer"
            underline="always"
            inherit
          >
            {words.jwks}
          </Anchor>
          .
        </>
      }
      actions={mayRotate && <RotateButton onDone={refresh} />}
    >
      <Text size="sm" c="dimmed">
        {words.byItself} {!mayRotate && <CommandText sentence={words.forOperators} />}
      </Text>
      <RecordTable
        label={words.title}
        pages={{ ...pages, items: pages.items.map((key) => ({ ...key, id: key.kid })) }}
        columns={columns}
        nameOf={({ kid }) => kid}
        empty={<EmptyState icon={<IconCertificate />} title={words.empty} hint={words.emptyHint} />}
      />
    </Page>
  );
}

function RevokeButton({ kid, onDone }: { kid: string; onDone: () => Promise<void> }) {
  const ask = () =>
    askToConfirm({
      title: words.revokeTitle(kid),
      confirm: words.revokeConfirm,
      word: kid,
      consequences: <Text size="sm">{words.revokeConsequence}</Text>,
      act: async () => {
        await post(`/signing-keys/${kid}/revoke`);
        await onDone();
        notifications.show({ color: 'teal', message: words.revoked });
      },
    });
  return (
    <Button variant="outline" color="red" size="xs" onClick={ask}>
      {words.revoke}
    </Button>
  );
}

/** In the order in which it happens; what is to come is said as such by the time itself. */
function Timeline({ signingKey }: { signingKey: SigningKey }) {
  const events = [
    [words.event.created, signingKey.created_at],
    [words.event.signs, signingKey.signs_at],
    [words.event.retired, signingKey.retired_at],
    [words.event.gone, signingKey.gone_at],
    [words.event.revoked, signingKey.revoked_at],
  ] as const;
  return (
    <Group gap="xs">
      {events.map(([label, at]) =>
        at === null ? null : (
          <Text key={label} size="sm" span>
            {label} <TimeText value={at} />
          </Text>
        ),
      )}
    </Group>
  );
}

function RotateButton({ onDone }: { onDone: () => Promise<void> }) {
  const ask = () => {
    // The dialog asks when it is confirmed: what was chosen by then is what is meant.
    const choice = { alg: 'ES256', emergency: false };
    askToConfirm({
      title: words.rotateTitle,
      confirm: words.rotate,
      isHarmless: true,
      consequences: <RotationChoice onChange={(next) => Object.assign(choice, next)} />,
      act: async () => {
        const { warning } = await post<{ warning: string | null }>('/signing-keys/rotate', choice);
        await onDone();
        notifications.show({
          color: warning === null ? 'teal' : 'yellow',
          message: warning ?? words.rotated,
        });
      },
    });
  };
  return <Button onClick={ask}>{words.rotate}</Button>;
}

function RotationChoice({
  onChange,
}: {
  onChange: (choice: { alg?: string; emergency?: boolean }) => void;
}) {
  const [isEmergency, setIsEmergency] = useState(false);
  return (
    <Stack>
      <Select
        label={words.algorithm}
        data={algorithms}
        defaultValue="ES256"
        allowDeselect={false}
        onChange={(alg) => onChange(alg === null ? {} : { alg })}
      />
      <Text size="sm">{isEmergency ? words.emergencyConsequence : words.ahead}</Text>
      <Checkbox
        label={words.emergency}
        checked={isEmergency}
        onChange={(event) => {
          setIsEmergency(event.currentTarget.checked);
          onChange({ emergency: event.currentTarget.checked });
        }}
      />
    </Stack>
  );
}
