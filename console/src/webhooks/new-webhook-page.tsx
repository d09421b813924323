/** `/console/webhooks/new`: subscribes a webhook; its signing secret is shown this once. */
import { Button, Group, Select, Stack } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { get, post } from '../api/api-call.ts';
import type { Client, CreatedWebhook, Member, Page as PageOf } from '../api/records.ts';
import { Page } from '../elements/page.tsx';
import { LocationSelect } from '../elements/location-select.tsx';
import { ProblemAlert } from '../elements/problem-alert.tsx';
import { useMay, useSession } from '../session/session.tsx';
import { text } from '../text/text.ts';
import { parseSelection } from './event-types.ts';
import { newWebhookRoute } from './routes.tsx';
import { ShownSigningSecret } from './shown-signing-secret.tsx';
import {
  showFaults,
  validateWebhook,
  WebhookFields,
  type WebhookValues,
} from './webhook-fields.tsx';

const words = text.webhooks;
const namesMax = 200;

export function NewWebhookPage() {
  const asked = newWebhookRoute.useSearch();
  const may = useMay();
  const { me } = useSession();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const [shown, setShown] = useState<{ id: string; secret: string }>();
  const [problem, setProblem] = useState<unknown>();
  const [location, setLocation] = useState<string | null>(null);
  const [client, setClient] = useState(asked.client ?? '');
  const [member, setMember] = useState(asked.member ?? '');
  const form = useForm<WebhookValues>({
    initialValues: { url: '', events: [] },
    validate: validateWebhook,
  });
  const above = { title: words.title, to: '/webhooks' };

  const submit = form.onSubmit(async ({ url, events }) => {
    setProblem(undefined);
    try {
      const { id, signing_secret: secret } = await post<CreatedWebhook>('/webhooks', {
        url,
        events: events.map(parseSelection),
        ...(location === null ? {} : { location }),
        ...(client === '' ? {} : { client }),
        ...(member === '' ? {} : { member }),
      });
      // It is null only in the answer to a request that is sent again with its key, which this one has not.
      setShown({ id, secret: secret ?? '' });
    } catch (error) {
      showFaults(form, error);
      setProblem(error);
      return;
    }
    await queryClient.invalidateQueries({ queryKey: ['/webhooks'] });
  });

  if (shown !== undefined) {
    return (
      <Page title={words.createTitle} above={above}>
        <ShownSigningSecret
          secret={shown.secret}
          onStored={() => {
            setShown(undefined);
            // The box that asks before one leaves has to be gone first.
            setTimeout(() => void navigate({ to: `/webhooks/${shown.id}` }));
          }}
        />
      </Page>
    );
  }
  return (
    <Page title={words.createTitle} above={above}>
      <form onSubmit={submit}>
        <Stack maw={860}>
          <WebhookFields form={form} />
          {me.location === null && may('organizations:read') && (
            <LocationSelect
              label={text.everyPage.place.label}
              value={location}
              onChange={setLocation}
            />
          )}
          <OfMember value={member} onChange={setMember} />
          <OfClient value={client} onChange={setClient} />
          <ProblemAlert problem={problem} />
          <Group>
            <Button type="submit" loading={form.submitting}>
              {words.create}
            </Button>
          </Group>
        </Stack>
      </form>
    </Page>
  );
}

interface OfOneProps {
  /** Record id; '': any. */
  value: string;
  onChange: (value: string) => void;
}

function OfMember({ value, onChange }: OfOneProps) {
  const mayRead = useMay()('members:read');
  const { data } = useQuery({
    queryKey: ['/members', 'names'],
    queryFn: ({ signal }) =>
      get<PageOf<Member>>('/members', { limit: namesMax, sort: 'name' }, signal),
    enabled: mayRead,
  });
  if (!mayRead) return null;
  const members = data?.data ?? [];
  return (
    <Select
      label={words.form.member}
      value={value}
      onChange={(next) => onChange(next ?? '')}
      allowDeselect={false}
      searchable
      data={[
        { value: '', label: words.form.anybody },
        ...members.map(({ id, name, email }) => ({ value: id, label: `${name} · ${email}` })),
        ...unknownOf(value, members),
      ]}
    />
  );
}

function OfClient({ value, onChange }: OfOneProps) {
  const mayRead = useMay()('clients:read');
  const { data } = useQuery({
    queryKey: ['/clients', 'names'],
    queryFn: ({ signal }) =>
      get<PageOf<Client>>('/clients', { limit: namesMax, sort: 'name' }, signal),
    enabled: mayRead,
  });
  if (!mayRead) return null;
  const clients = data?.data ?? [];
  return (
    <Select
      label={words.form.client}
      value={value}
      onChange={(next) => onChange(next ?? '')}
      allowDeselect={false}
      searchable
      data={[
        { value: '', label: words.form.anyClient },
        ...clients.map(({ id, name, client_id: clientId }) => ({
          value: id,
          label: `${name} · ${clientId}`,
        })),
        ...unknownOf(value, clients),
      ]}
    />
  );
}

/** Beyond the first page: it stays chosen. */
function unknownOf(value: string, known: readonly { id: string }[]): string[] {
  return value === '' || known.some(({ id }) => id === value) ? [] : [value];
}
