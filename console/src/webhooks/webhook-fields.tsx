/** The fields of a webhook, for a new one and for one that is changed. */
import { Stack, TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { text } from '../text/text.ts';
import { EventPicker } from './event-picker.tsx';
import { WebhookPlaceFields } from './webhook-place.tsx';

const words = text.webhooks.form;

export interface WebhookValues {
  url: string;
  events: string[];
  /** Record ids; null: any. */
  location: string | null;
  client: string | null;
  member: string | null;
}

export const validateWebhook = {
  events: (events: string[]) => (events.length === 0 ? words.noEvents : null),
};

interface WebhookFieldsProps {
  form: UseFormReturnType<WebhookValues>;
  isReadOnly?: boolean;
}

export function WebhookFields({ form, isReadOnly = false }: WebhookFieldsProps) {
  return (
    <Stack>
      <TextInput
        label={words.url}
        description={words.urlHint}
        placeholder="https://"
        required
        readOnly={isReadOnly}
        {...form.getInputProps('url')}
      />
      <EventPicker
        value={form.values.events}
        onChange={(events) => form.setFieldValue('events', events)}
        error={typeof form.errors['events'] === 'string' ? form.errors['events'] : undefined}
        isReadOnly={isReadOnly}
      />
      <WebhookPlaceFields form={form} isReadOnly={isReadOnly} />
    </Stack>
  );
}
