/** The fields that a client is made with, and changed by. */
import { NumberInput, Stack, Switch, Textarea, TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import type { Client } from '../api/records.ts';
import { RecordSelect } from '../elements/record-select.tsx';
import { useMay, useSession } from '../session/session.tsx';
import { text } from '../text/text.ts';

const words = text.client.fields;

export interface ClientValues {
  name: string;
  description: string;
  location: string | null;
  /** Empty: what each API says. */
  lifetime: number | '';
  isExempt: boolean;
}

/** By the admin API's. */
export const clientFieldNames = {
  access_token_lifetime_seconds: 'lifetime',
  exempt_from_inactivity: 'isExempt',
};

export function toClientChange({ name, description, location, lifetime, isExempt }: ClientValues) {
  return {
    name: name.trim(),
    description,
    location,
    access_token_lifetime_seconds: lifetime === '' ? null : lifetime,
    exempt_from_inactivity: isExempt,
  };
}

export function toClientValues(client: Client): ClientValues {
  return {
    name: client.name,
    description: client.description,
    location: client.location,
    lifetime: client.access_token_lifetime_seconds ?? '',
    isExempt: client.exempt_from_inactivity,
  };
}

interface ClientFieldsProps {
  form: UseFormReturnType<ClientValues>;
  disabled?: boolean;
}

export function ClientFields({ form, disabled = false }: ClientFieldsProps) {
  const { me } = useSession();
  const may = useMay();
  const mayChoosePlace = me.location === null && may('organizations:read');
  return (
    <Stack>
      <TextInput
        label={words.name}
        description={words.nameHint}
        required
        maxLength={200}
        disabled={disabled}
        {...form.getInputProps('name')}
      />
      <Textarea
        label={words.description}
        autosize
        minRows={2}
        maxLength={2000}
        disabled={disabled}
        {...form.getInputProps('description')}
      />
      {mayChoosePlace && (
        <RecordSelect
          path="/locations"
          none={text.everyPage.place.organization}
          label={words.location}
          description={words.locationHint}
          disabled={disabled}
          value={form.values.location}
          error={typeof form.errors['location'] === 'string' ? form.errors['location'] : undefined}
          onChange={(location) => form.setFieldValue('location', location)}
        />
      )}
      <NumberInput
        label={words.lifetime}
        description={words.lifetimeHint}
        min={60}
        max={86_400}
        allowDecimal={false}
        disabled={disabled}
        {...form.getInputProps('lifetime')}
      />
      <Switch
        label={words.exempt}
        description={words.exemptHint}
        disabled={disabled}
        {...form.getInputProps('isExempt', { type: 'checkbox' })}
      />
    </Stack>
  );
}
