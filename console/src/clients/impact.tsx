/** What breaks when a client, or its secret, goes: who used it in the last 30 days, when, and from where. */
import { Alert, Group, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { get } from '../api/api-call.ts';
import { onePage } from '../api/list-pages.ts';
import type { ClientImpact } from '../api/records.ts';
import { NameBadges } from '../elements/name-badges.tsx';
import { ProblemAlert } from '../elements/problem-alert.tsx';
import { RecordTable, type Column } from '../elements/record-table.tsx';
import { TimeText } from '../elements/time-text.tsx';
import { text } from '../text/text.ts';

const words = text.client.impact;
const addressesShown = 8;

type Used = ClientImpact['addresses'][number];

const columns: readonly Column<Used>[] = [
  {
    key: 'address',
    title: words.address,
    isName: true,
    render: ({ address }) => <span className="mono">{address}</span>,
  },
  {
    key: 'secret',
    title: words.secret,
    render: ({ secret_hint: hint }) => <span className="mono">{hint}</span>,
  },
  { key: 'uses', title: words.uses, render: ({ uses }) => uses.toLocaleString() },
  {
    key: 'last_used_at',
    title: words.lastUsed,
    render: ({ last_used_at: at }) => <TimeText value={at} />,
  },
];

/** `secret`: only what used this one. */
export function Impact({ clientId, secret }: { clientId: string; secret?: string }) {
  const { data, error } = useQuery({
    queryKey: ['/clients', clientId, 'impact'],
    queryFn: ({ signal }) => get<ClientImpact>(`/clients/${clientId}/impact`, {}, signal),
    // The question is asked for what is true now.
    staleTime: 0,
    gcTime: 0,
  });
  if (error !== null) return <ProblemAlert problem={error} />;
  if (data === undefined) return <Skeleton height={96} aria-label={words.loading} />;
  const addresses = data.addresses.filter((used) => secret === undefined || used.secret === secret);
  const scopes = data.apis.flatMap((api) => api.scopes.map(({ scope }) => scope));
  if (addresses.length === 0 && (secret !== undefined || data.tokens === 0)) {
    return <Text size="sm">{words.none}</Text>;
  }
  return (
    <Alert color="yellow" title={words.title}>
      <Stack gap="xs">
        {secret === undefined && (
          <>
            <Text size="sm">{words.tokens(data.tokens)}</Text>
            {scopes.length > 0 && (
              <Group gap={4}>
                <Text size="sm">{words.scopes}:</Text>
                <NameBadges names={[...new Set(scopes)]} />
              </Group>
            )}
          </>
        )}
        {addresses.length > 0 && (
          <RecordTable
            label={words.title}
            pages={onePage(
              addresses
                .slice(0, addressesShown)
                .map((used) => ({ ...used, id: `${used.secret} ${used.address}` })),
            )}
            columns={columns}
            nameOf={({ address }) => address}
            empty={null}
          />
        )}
        {addresses.length > addressesShown && (
          <Text size="sm">{words.more(addresses.length - addressesShown)}</Text>
        )}
      </Stack>
    </Alert>
  );
}
