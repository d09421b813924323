/** `/console/webhooks/$id`: one webhook, what it hears of, and what became of what was sent. */
import { Alert, Button, Group, Skeleton, Stack, Text } from '@mantine/core';
import { useForm } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { exchange, patch } from '../api/api-call.ts';
import type { Webhook } from '../api/records.ts';
import { useKeptForm } from '../elements/kept-input.ts';
import { Page } from '../elements/page.tsx';
import { ProblemAlert } from '../elements/problem-alert.tsx';
import { Section } from '../elements/section.tsx';
import { StatusBadge } from '../elements/status-badge.tsx';
import { MomentText } from '../elements/time-text.tsx';
import { UrlText } from '../elements/url-text.tsx';
import { showFirstFault, useSubmit } from '../elements/use-submit.tsx';
import { useMay } from '../session/session.tsx';
import { text } from '../text/text.ts';
import { Deliveries } from './deliveries.tsx';
import { formatSelection, parseSelection } from './event-types.ts';
import { webhookRoute } from './routes.tsx';
import { ShownSigningSecret } from './shown-signing-secret.tsx';
import { WebhookActions } from './webhook-actions.tsx';
import { validateWebhook, WebhookFields, type WebhookValues } from './webhook-fields.tsx';
import { WebhookPlace } from './webhook-place.tsx';

const words = text.webhooks;

export interface ReadWebhook {
  webhook: Webhook;
  etag: string | undefined;
}

export function WebhookPage() {
  const { id } = webhookRoute.useParams();
  const may = useMay();
  const [secret, setSecret] = useState<string>();
  const { data, error } = useQuery({
    queryKey: ['/webhooks', id],
    queryFn: async ({ signal }): Promise<ReadWebhook> => {
      const { body, etag } = await exchange<Webhook>('GET', `/webhooks/${id}`, { signal });
      return { webhook: body, etag };
    },
  });
  const above = { title: words.title, to: '/webhooks' };
  if (data === undefined) {
    return (
      <Page title={words.title} above={above}>
        {error === null ? <Skeleton height={320} /> : <ProblemAlert problem={error} />}
      </Page>
    );
  }
  const { webhook, etag } = data;
  return (
    <Page
      title={webhook.url}
      heading={<UrlText url={webhook.url} />}
      above={above}
      mark={<StatusBadge active={webhook.active} />}
      actions={may('webhooks:write') && <WebhookActions read={data} onSecret={setSecret} />}
    >
      {secret !== undefined && (
        <ShownSigningSecret secret={secret} onStored={() => setSecret(undefined)} />
      )}
      <WebhookPlace webhook={webhook} />
      <State webhook={webhook} />
      <Deliveries webhook={id} />
      <Section title={words.edit}>
        <EditForm key={etag ?? ''} read={data} />
      </Section>
    </Page>
  );
}

function State({ webhook }: { webhook: Webhook }) {
  return (
    <Stack gap="xs">
      {!webhook.active && <Alert color="yellow">{words.offHint}</Alert>}
      {webhook.switched_off_at !== null && (
        <Alert color="red">
          {words.switchedOff} <MomentText value={webhook.switched_off_at} />
        </Alert>
      )}
      {webhook.active && webhook.failing_since !== null && (
        <Alert color="yellow">
          {words.failingSince} <MomentText value={webhook.failing_since} />
        </Alert>
      )}
      {webhook.previous_secret_ends_at !== null && (
        <Text size="sm">
          {words.previousEnds} <MomentText value={webhook.previous_secret_ends_at} />
        </Text>
      )}
    </Stack>
  );
}

function EditForm({ read: { webhook, etag } }: { read: ReadWebhook }) {
  const isReadOnly = !useMay()('webhooks:write');
  const queryClient = useQueryClient();
  const form = useForm<WebhookValues>({
    initialValues: {
      url: webhook.url,
      events: webhook.events.map(formatSelection),
      location: webhook.location,
      client: webhook.client,
      member: webhook.member,
    },
    validate: validateWebhook,
  });
  useKeptForm(form, 'webhook', etag);
  const isMoved = form.isDirty('location') || form.isDirty('member');
  const { submit, isBusy, alert } = useSubmit({ form });
  const save = async ({ url, events, location, client, member }: WebhookValues) => {
    const body = {
      url,
      events: events.map(parseSelection),
      ...(form.isDirty('location') ? { location } : {}),
      ...(form.isDirty('client') ? { client } : {}),
      ...(form.isDirty('member') ? { member } : {}),
    };
    await patch(`/webhooks/${webhook.id}`, body, etag);
    await queryClient.invalidateQueries({ queryKey: ['/webhooks'] });
    notifications.show({ color: 'teal', message: words.saved });
  };
  return (
    <form onSubmit={form.onSubmit((values) => submit(() => save(values)), showFirstFault)}>
      <Stack>
        <WebhookFields form={form} isReadOnly={isReadOnly} />
        {isMoved && <Alert color="yellow">{words.movedHint}</Alert>}
        {alert}
        {!isReadOnly && (
          <Group>
            <Button type="submit" loading={isBusy} disabled={!form.isDirty()}>
              {text.everyPage.actions.save}
            </Button>
          </Group>
        )}
      </Stack>
    </form>
  );
}
