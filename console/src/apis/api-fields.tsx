/** The fields of an API, for a new one and for one that is changed. */
import {
  ActionIcon,
  Button,
  Fieldset,
  Group,
  MultiSelect,
  NumberInput,
  Select,
  Stack,
  Text,
  TextInput,
} from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { get } from '../api/api-call.ts';
import type { Api, Client, Page } from '../api/records.ts';
import { useMay } from '../session/session.tsx';
import { isolated } from '../text/isolated.ts';
import { text } from '../text/text.ts';

const words = text.apis.form;
const algorithms = ['ES256', 'EdDSA', 'RS256', 'PS256'] as const;
const types = ['at+jwt', 'JWT'] as const;
const clientsMax = 200;

export interface ApiValues {
  /** Of a new one alone is it chosen. */
  identifier: string;
  name: string;
  scopes: { value: string; description: string }[];
  access_token_lifetime_seconds: number | string;
  signing_alg: Api['signing_alg'];
  token_typ: Api['token_typ'];
  introspection_clients: string[];
}

export const newApi: ApiValues = {
  identifier: '',
  name: '',
  scopes: [{ value: '', description: '' }],
  access_token_lifetime_seconds: 3600,
  signing_alg: 'ES256',
  token_typ: 'at+jwt',
  introspection_clients: [],
};

/** Rows that were left empty are none. */
export function toApiBody(values: ApiValues) {
  return { ...values, scopes: values.scopes.filter(({ value }) => value !== '') };
}

interface ApiFieldsProps {
  form: UseFormReturnType<ApiValues>;
  isReadOnly?: boolean;
}

export function ApiFields({ form, isReadOnly = false }: ApiFieldsProps) {
  return (
    <Stack>
      <TextInput
        label={words.name}
        required
        readOnly={isReadOnly}
        {...form.getInputProps('name')}
      />
      <ScopeRows form={form} isReadOnly={isReadOnly} />
      <Fieldset legend={words.advanced}>
        <Stack>
          <NumberInput
            label={words.lifetime}
            description={words.lifetimeHint}
            min={60}
            max={86_400}
            allowDecimal={false}
            thousandSeparator=","
            readOnly={isReadOnly}
            {...form.getInputProps('access_token_lifetime_seconds')}
          />
          <Select
            label={words.algorithm}
            description={words.algorithmHint}
            data={algorithms}
            allowDeselect={false}
            readOnly={isReadOnly}
            {...form.getInputProps('signing_alg')}
          />
          <Select
            label={words.type}
            description={words.typeHint}
            data={types}
            allowDeselect={false}
            readOnly={isReadOnly}
            {...form.getInputProps('token_typ')}
          />
          <IntrospectionClients form={form} isReadOnly={isReadOnly} />
        </Stack>
      </Fieldset>
    </Stack>
  );
}

function ScopeRows({ form, isReadOnly = false }: ApiFieldsProps) {
  return (
    <Fieldset legend={words.scopes}>
      <Stack gap="xs">
        <Text size="sm" c="dimmed">
          {words.scopesHint}
        </Text>
        {form.values.scopes.map((scope, row) => (
          // Rows have no id of their own, and none is moved.
          // oxlint-disable-next-line react/no-array-index-key
          <Group key={row} gap="xs" align="flex-start">
            <TextInput
              aria-label={words.scopeValue(row + 1)}
              placeholder={words.scopeValueHead}
              classNames={{ input: 'mono' }}
              flex="1 1 10rem"
              readOnly={isReadOnly}
              {...form.getInputProps(`scopes.${row}.value`)}
            />
            <TextInput
              aria-label={words.scopeDescription(row + 1)}
              placeholder={words.scopeDescriptionHead}
              flex="2 1 10rem"
              readOnly={isReadOnly}
              {...form.getInputProps(`scopes.${row}.description`)}
            />
            {!isReadOnly && (
              <ActionIcon
                variant="subtle"
                color="red"
                size="lg"
                aria-label={words.removeScope(scope.value)}
                onClick={() => form.removeListItem('scopes', row)}
              >
                <IconTrash size={16} aria-hidden />
              </ActionIcon>
            )}
          </Group>
        ))}
        {!isReadOnly && (
          <Button
            variant="default"
            leftSection={<IconPlus size={16} aria-hidden />}
            onClick={() => form.insertListItem('scopes', { value: '', description: '' })}
            w="fit-content"
          >
            {words.addScope}
          </Button>
        )}
      </Stack>
    </Fieldset>
  );
}

function IntrospectionClients({ form, isReadOnly = false }: ApiFieldsProps) {
  const may = useMay();
  const { data } = useQuery({
    queryKey: ['/clients', 'names'],
    queryFn: ({ signal }) =>
      get<Page<Client>>('/clients', { limit: clientsMax, sort: 'name' }, signal),
    enabled: may('clients:read'),
  });
  const known = data?.data ?? [];
  const listed = form.values.introspection_clients.filter(
    (id) => !known.some((one) => one.id === id),
  );
  return (
    <MultiSelect
      label={words.introspection}
      description={words.introspectionHint}
      searchable
      data={[
        ...known.map(({ id, name, client_id: clientId }) => ({
          value: id,
          label: `${isolated(name)} · ${clientId}`,
        })),
        // Beyond the first page, or not ours to see: it stays listed.
        ...listed,
      ]}
      readOnly={isReadOnly}
      {...form.getInputProps('introspection_clients')}
    />
  );
}
