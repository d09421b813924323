/** `/console/webhooks/new`: subscribes a webhook; its signing secret is shown this once. */
import { Button, Group, Stack } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { post } from '../api/api-call.ts';
import type { CreatedWebhook } from '../api/records.ts';
import { Page } from '../elements/page.tsx';
import { ProblemAlert } from '../elements/problem-alert.tsx';
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

export function NewWebhookPage() {
  const asked = newWebhookRoute.useSearch();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const [shown, setShown] = useState<{ id: string; secret: string }>();
  const [problem, setProblem] = useState<unknown>();
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
  const above = { title: words.title, to: '/webhooks' };

  const submit = form.onSubmit(async ({ url, events, location, client, member }) => {
    setProblem(undefined);
    try {
      const { id, signing_secret: secret } = await post<CreatedWebhook>('/webhooks', {
        url,
        events: events.map(parseSelection),
        // Left out, it is the location of who asks.
        ...(location === null ? {} : { location }),
        client,
        member,
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
