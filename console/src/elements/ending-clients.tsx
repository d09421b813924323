/** The clients of an API, a location or a member, all of them, with their last use: what a confirmation names as ending. */
import { List, Text } from '@mantine/core';
import type { Client, Page } from '../api/records.ts';
import { get } from '../api/api-call.ts';
import { TimeText } from '../elements/time-text.tsx';
import { text } from '../text/text.ts';

const pageMax = 200;

/** Page after page; `place` is a filter of `/clients`. */
export async function readClientsOf(
  place: { api: string } | { location: string } | { member: string },
): Promise<Client[]> {
  const clients: Client[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const page: Page<Client> = await get<Page<Client>>('/clients', {
      ...place,
      limit: pageMax,
      cursor,
    });
    clients.push(...page.data);
    cursor = page.next_cursor;
  }
  return clients;
}

interface EndingClientsProps {
  consequence: string;
  clients: readonly Client[];
  /** What is said where there are none. */
  none?: string;
}

export function EndingClients({ consequence, clients, none }: EndingClientsProps) {
  return (
    <>
      <Text size="sm">{consequence}</Text>
      {clients.length === 0 && none !== undefined && <Text size="sm">{none}</Text>}
      <List size="sm" mah={240} className="scrolls">
        {clients.map(({ id, name, last_used_at: lastUsedAt }) => (
          <List.Item key={id}>
            <bdi>{name}</bdi> · {text.everyPage.time.lastUsed} <TimeText value={lastUsedAt} />
          </List.Item>
        ))}
      </List>
    </>
  );
}
