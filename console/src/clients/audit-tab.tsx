/** What was done to a client, or to one of its secrets: by whom, when, and from where. */
import { Select, Stack } from '@mantine/core';
import { IconListCheck } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { get } from '../api/api-call.ts';
import { useListPages } from '../api/list-pages.ts';
import type { AuditEvent, ClientSecret, Page } from '../api/records.ts';
import { auditColumns } from '../audit/audit-page.tsx';
import { EmptyState } from '../elements/empty-state.tsx';
import { RecordTable } from '../elements/record-table.tsx';
import { text } from '../text/text.ts';

const words = text.client.audit;
const secretsOffered = 50;

export function AuditTab({ id }: { id: string }) {
  const [target, setTarget] = useState(id);
  const pages = useListPages<AuditEvent>('/audit-events', { target });
  const { data: secrets } = useQuery({
    queryKey: [`/clients/${id}/secrets`, 'offered'],
    queryFn: ({ signal }) =>
      get<Page<ClientSecret>>(`/clients/${id}/secrets`, { limit: secretsOffered }, signal),
  });
  return (
    <Stack>
      <Select
        label={words.about}
        maw={320}
        allowDeselect={false}
        value={target}
        onChange={(next) => setTarget(next ?? id)}
        data={[
          { value: id, label: words.client },
          ...(secrets?.data ?? []).map((secret) => ({
            value: secret.id,
            label: words.secret(secret.hint),
          })),
        ]}
      />
      <RecordTable
        label={text.client.tabs.audit}
        pages={pages}
        columns={auditColumns}
        nameOf={({ action }) => action}
        empty={<EmptyState icon={<IconListCheck />} title={words.empty} hint={words.emptyHint} />}
      />
    </Stack>
  );
}
