/** What can be done to a webhook: test, another secret, on and off, deletion. */
import { Button, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { exchange, get, patch, post } from '../api/api-call.ts';
import { useCreation } from '../api/creation.ts';
import type { Page, RotatedWebhook, WebhookDelivery } from '../api/records.ts';
import { askToConfirm } from '../elements/confirm.tsx';
import { UrlText } from '../elements/url-text.tsx';
import { useSubmit } from '../elements/use-submit.tsx';
import { text } from '../text/text.ts';
import type { ReadWebhook } from './webhook-page.tsx';

const words = text.webhooks;
/** So often the page looks what became of a test, so long apart: then the list of deliveries has to be looked at. */
const testLooks = 20;
const testPauseMillis = 500;

interface WebhookActionsProps {
  read: ReadWebhook;
  onSecret: (secret: string) => void;
}

function showLost(): void {
  notifications.show({ color: 'yellow', message: words.rotatedLost, autoClose: false });
}

export function WebhookActions({ read: { webhook, etag }, onSecret }: WebhookActionsProps) {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const { submit, isBusy } = useSubmit({ isAside: true });
  const create = useCreation();
  const path = `/webhooks/${webhook.id}`;
  const refresh = async () => {
    for (const key of ['/webhooks', `${path}/deliveries`]) {
      await queryClient.invalidateQueries({ queryKey: [key] });
    }
  };

  const test = async () => {
    const { id } = await post<WebhookDelivery>(`${path}/test`);
    notifications.show({ color: 'teal', message: words.testSent });
    for (let look = 0; look < testLooks; look += 1) {
      const { data } = await get<Page<WebhookDelivery>>(`${path}/deliveries`, { limit: 20 });
      await refresh();
      const outcome = data.find((delivery) => delivery.id === id)?.last_outcome ?? null;
      if (outcome !== null) {
        const hasArrived = outcome === '2xx';
        notifications.show({
          color: hasArrived ? 'teal' : 'red',
          message: hasArrived
            ? words.testArrived
            : words.testRefused(words.deliveries.outcome[outcome]),
        });
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, testPauseMillis));
    }
  };
  const askToRotate = () =>
    askToConfirm({
      title: words.rotateTitle,
      confirm: words.rotateConfirm,
      isHarmless: true,
      consequences: <Text size="sm">{words.rotateConsequence}</Text>,
      act: async () => {
        const rotated = await create<RotatedWebhook>(`${path}/rotate-secret`, {});
        // The answer that held it did not arrive.
        if (rotated.signing_secret === null) showLost();
        else onSecret(rotated.signing_secret);
        await refresh();
      },
    });
  const setActive = async (active: boolean) => {
    await patch(path, { active }, etag);
    await refresh();
    notifications.show({ color: 'teal', message: active ? words.turnedOn : words.turnedOff });
  };
  const askToTurnOff = () =>
    askToConfirm({
      title: words.turnOffTitle,
      confirm: words.turnOff,
      consequences: (
        <>
          <Text size="sm" className="mono-break">
            <UrlText url={webhook.url} />
          </Text>
          <Text size="sm">{words.turnOffConsequence}</Text>
        </>
      ),
      act: () => setActive(false),
    });
  const askToDelete = () =>
    askToConfirm({
      title: words.deleteTitle,
      confirm: words.deleteConfirm,
      word: new URL(webhook.url).hostname,
      consequences: (
        <>
          <Text size="sm" className="mono-break">
            <UrlText url={webhook.url} />
          </Text>
          <Text size="sm">{words.deleteConsequence}</Text>
        </>
      ),
      act: async () => {
        await exchange('DELETE', path, { ifMatch: etag });
        await navigate({ to: '/webhooks' });
        await refresh();
        notifications.show({ color: 'teal', message: words.deleted });
      },
    });

  return (
    <>
      <Button
        variant="default"
        loading={isBusy}
        disabled={!webhook.active}
        onClick={() => void submit(test)}
      >
        {words.test}
      </Button>
      <Button variant="default" onClick={askToRotate}>
        {words.rotate}
      </Button>
      {webhook.active ? (
        <Button variant="outline" color="red" onClick={askToTurnOff}>
          {words.turnOff}
        </Button>
      ) : (
        <Button
          variant="default"
          loading={isBusy}
          onClick={() => void submit(() => setActive(true))}
        >
          {words.turnOn}
        </Button>
      )}
      <Button variant="outline" color="red" onClick={askToDelete}>
        {words.delete}
      </Button>
    </>
  );
}
