/** `/console/members/$id`: one person: what they may do, what they hold, and what ends with them. */
import { Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { exchange, get } from '../api/api-call.ts';
import { useListPages } from '../api/list-pages.ts';
import type { ApiAccess, IssuedInvitation, ListedWebhook, Member } from '../api/records.ts';
import { ClientList } from '../elements/client-list.tsx';
import { CopyText } from '../elements/copy-text.tsx';
import { Facts } from '../elements/facts.tsx';
import { Page } from '../elements/page.tsx';
import { PlaceText } from '../elements/place-text.tsx';
import { ProblemAlert } from '../elements/problem-alert.tsx';
import { ReferenceButton } from '../elements/reference-button.tsx';
import { Section } from '../elements/section.tsx';
import { StatusBadge } from '../elements/status-badge.tsx';
import { TimeText } from '../elements/time-text.tsx';
import { useMay } from '../session/session.tsx';
import { text } from '../text/text.ts';
import { WebhookList } from '../webhooks/webhook-list.tsx';
import { ClearApiAccess } from './clear-api-access.tsx';
import { MemberActions } from './member-actions.tsx';
import { memberRoute } from './routes.tsx';
import { ShownLink } from './shown-link.tsx';
import { StandingSection } from './standing-section.tsx';

const words = text.members;
const webhookWords = text.webhooks;

export interface ReadMember {
  member: Member;
  etag: string | undefined;
}

export function MemberPage() {
  const { id } = memberRoute.useParams();
  const may = useMay();
  const [link, setLink] = useState<IssuedInvitation>();
  const { data, error } = useQuery({
    queryKey: ['/members', id],
    queryFn: async ({ signal }): Promise<ReadMember> => {
      const { body, etag } = await exchange<Member>('GET', `/members/${id}`, { signal });
      return { member: body, etag };
    },
  });
  const above = { title: words.title, to: '/members' };
  if (data === undefined) {
    return (
      <Page title={words.title} above={above}>
        {error === null ? <Skeleton height={320} /> : <ProblemAlert problem={error} />}
      </Page>
    );
  }
  const { member, etag } = data;
  return (
    <Page
      title={member.name}
      above={above}
      mark={<StatusBadge active={member.active} />}
      actions={may('members:write') && <MemberActions read={data} onLink={setLink} />}
    >
      <ProblemAlert problem={error} />
      {link !== undefined && <ShownLink invitation={link} onStored={() => setLink(undefined)} />}
      <Facts
        facts={[
          [words.column.email, member.email],
          [words.column.place, <PlaceText key="" location={member.location} />],
          [words.column.signedIn, <TimeText key="" value={member.last_signed_in_at} />],
        ]}
      />
      <StandingSection key={etag ?? ''} read={data} />
      <ApiAccessOf member={member} />
      {may('clients:read') && (
        <Section title={words.clients}>
          <ClientList label={words.clients} filter={{ member: id }} none={words.clientsNone} />
        </Section>
      )}
      {may('webhooks:read') && <WebhooksOf member={id} />}
    </Page>
  );
}

function WebhooksOf({ member }: { member: string }) {
  const pages = useListPages<ListedWebhook>('/webhooks', { member });
  return (
    <Section title={webhookWords.ofMemberTitle}>
      <WebhookList
        label={webhookWords.ofMemberTitle}
        pages={pages}
        empty={<Text size="sm">{webhookWords.ofMemberNone}</Text>}
      />
    </Section>
  );
}

function ApiAccessOf({ member }: { member: Member }) {
  const { data, error } = useQuery({
    queryKey: ['/members', member.id, 'api-access'],
    queryFn: ({ signal }) => get<ApiAccess>(`/members/${member.id}/api-access`, {}, signal),
  });
  const clientId = data?.client_id ?? null;
  return (
    <Section
      title={words.apiAccess.title}
      actions={
        <>
          <ReferenceButton />
          {data !== undefined && clientId !== null && (
            <ClearApiAccess
              member={member.id}
              name={member.name}
              clientId={clientId}
              lastUsedAt={data.last_used_at}
            />
          )}
        </>
      }
    >
      <ProblemAlert problem={error} />
      {data === undefined && error === null && <Skeleton height={40} />}
      {data !== undefined && clientId === null && <Text size="sm">{words.apiAccess.off}</Text>}
      {data !== undefined && clientId !== null && (
        <Facts
          facts={[
            [
              words.apiAccess.clientId,
              <CopyText key="" value={clientId} what={words.apiAccess.clientId} />,
            ],
            [words.apiAccess.created, <TimeText key="" value={data.created_at} />],
            [words.apiAccess.lastUsed, <TimeText key="" value={data.last_used_at} />],
          ]}
        />
      )}
    </Section>
  );
}
