/** What breaks when a client, or its secret, goes: who used it in the last 30 days, when, and from where. */
import { Alert, Group, Skeleton, Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { get } from '../api/api-call.ts';
import type { ClientImpact } from '../api/records.ts';
import { NameBadges } from '../elements/name-badges.tsx';
import { ProblemAlert } from '../elements/problem-alert.tsx';
import { TimeText } from '../elements/time-text.tsx';
import { text } from '../text/text.ts';

const words = text.client.impact;
const addressesShown = 8;

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
          <div className="records-frame">
            <Table aria-label={words.title}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{words.address}</Table.Th>
                  <Table.Th>{words.secret}</Table.Th>
                  <Table.Th>{words.uses}</Table.Th>
                  <Table.Th>{words.lastUsed}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {addresses.slice(0, addressesShown).map((used) => (
                  <Table.Tr key={`${used.secret} ${used.address}`}>
                    <Table.Td className="mono">{used.address}</Table.Td>
                    <Table.Td className="mono">{used.secret_hint}</Table.Td>
                    <Table.Td>{used.uses.toLocaleString()}</Table.Td>
                    <Table.Td>
                      <TimeText value={used.last_used_at} />
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </div>
        )}
        {addresses.length > addressesShown && (
          <Text size="sm">{words.more(addresses.length - addressesShown)}</Text>
        )}
      </Stack>
    </Alert>
  );
}
