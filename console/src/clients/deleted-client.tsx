/** A client that was deleted: until when it comes back, and what comes back with it. */
import { Alert, Badge, Stack, Text } from '@mantine/core';
import type { Client } from '../api/records.ts';
import { CopyText } from '../elements/copy-text.tsx';
import { Facts } from '../elements/facts.tsx';
import { Page } from '../elements/page.tsx';
import { PlaceText } from '../elements/place-text.tsx';
import { MomentText, TimeText } from '../elements/time-text.tsx';
import { text } from '../text/text.ts';
import { RestoreButton } from './restore-button.tsx';

const words = text.client.deleted;
const columns = text.everyPage.column;

export function DeletedClient({ client }: { client: Client }) {
  const grants = client.grants.map(({ api, scopes }) => `${api}: ${scopes.join(' ')}`);
  return (
    <Page
      title={client.name}
      above={{ title: text.clients.title, to: '/clients' }}
      mark={<Badge color="red">{words.badge}</Badge>}
      description={<CopyText value={client.client_id} what={text.client.clientId} />}
    >
      <Alert color="yellow" title={words.title} role="status">
        <Stack gap="xs">
          <Text size="sm">
            {words.until} <MomentText value={client.restorable_until} />
          </Text>
          <Text size="sm">{words.consequence}</Text>
          <RestoreButton client={client} />
        </Stack>
      </Alert>
      <Facts
        facts={[
          [text.clients.scopes, grants.join(', ') || words.noScopes],
          [text.everyPage.place.label, <PlaceText key="" location={client.location} />],
          [columns.created, <TimeText key="" value={client.created_at} />],
          [columns.lastUsed, <TimeText key="" value={client.last_used_at} />],
        ]}
      />
    </Page>
  );
}
