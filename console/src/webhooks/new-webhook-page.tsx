/** `/console/webhooks/new`: subscribes a webhook; its signing secret is shown this once. */
import { Alert, Anchor, Button, Group, Stack, Text } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useCreation } from '../api/creation.ts';
import type { CreatedWebhook } from '../api/records.ts';
import { useKeptForm } from '../elements/kept-input.ts';
import { Page } from '../elements/page.tsx';
import { showFirstFault, useSubmit } from '../elements/use-submit.tsx';
import { text } from '../text/text.ts';
import { parseSelection } from './event-types.ts';
import { newWebhookRoute } from './routes.tsx';
import { ShownSigningSecret } from './shown-signing-secret.tsx';
import { validateWebhook, WebhookFields, type WebhookValues } from './webhook-fields.tsx';

const words = text.webhooks;

export function NewWebhookPage() {
  const asked = newWebhookRoute.useSearch();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const [made, setMade] = useState<CreatedWebhook>();
  const create = useCreation();
  const form = useForm<WebhookValues>({
    initialValues: {
      url: '',
      events: [],
      location: asked.location ?? null,
      client: asked.client ?? null,
      member: asked.member ?? null,
    },
    validate: validateWebhook,
  });
  useKeptForm(form, 'webhook');
  const above = { title: words.title, to: '/webhooks' };

  const { submit, isBusy, alert } = useSubmit({ form, isCreation: true });
  const subscribe = async ({ url, events, location, client, member }: WebhookValues) => {
    const webhook = await create<CreatedWebhook>('/webhooks', {
      url,
      events: events.map(parseSelection),
      // Left out, it is the location of who asks.
      ...(location === null ? {} : { location }),
      client,
      member,
    });
    setMade(webhook);
    await queryClient.invalidateQueries({ queryKey: ['/webhooks'] });
  };

  if (made !== undefined) {
    return (
      <Page title={words.createTitle} above={above}>
        {made.signing_secret === null ? (
          <Alert color="yellow" role="alert">
            <Stack gap="xs" align="flex-start">
              <Text size="sm">{words.secret.lost}</Text>
              <Anchor component={Link} to={`/webhooks/${made.id}`}>
                {made.url}
              </Anchor>
            </Stack>
          </Alert>
        ) : (
          <ShownSigningSecret
            secret={made.signing_secret}
            onStored={() => {
              setMade(undefined);
              // The box that asks before one leaves has to be gone first.
              setTimeout(() => void navigate({ to: `/webhooks/${made.id}` }));
            }}
          />
        )}
      </Page>
    );
  }
  return (
    <Page title={words.createTitle} above={above}>
      <form onSubmit={form.onSubmit((values) => submit(() => subscribe(values)), showFirstFault)}>
        <Stack maw={860}>
          <WebhookFields form={form} />
          {alert}
          <Group>
            <Button type="submit" loading={isBusy}>
              {words.create}
            </Button>
          </Group>
        </Stack>
      </form>
    </Page>
  );
}
