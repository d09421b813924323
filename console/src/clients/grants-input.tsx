/** Which scopes of which APIs a client may ask for, edited: APIs are searched for, scopes chosen, or all at once. */
import {
  ActionIcon,
  Button,
  Card,
  Group,
  MultiSelect,
  Radio,
  Select,
  Stack,
  Text,
} from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { get } from '../api/api-call.ts';
import type { Api, Grant, Page } from '../api/records.ts';
import { isolated } from '../text/isolated.ts';
import { text } from '../text/text.ts';

const words = text.client.grants;
const searchMillis = 250;
const offeredMax = 50;

interface GrantsInputProps {
  value: readonly Grant[];
  onChange: (grants: Grant[]) => void;
  disabled?: boolean;
}

export function GrantsInput({ value, onChange, disabled = false }: GrantsInputProps) {
  const replace = (api: string, change: Partial<Grant>) =>
    onChange(value.map((grant) => (grant.api === api ? { ...grant, ...change } : grant)));
  const remove = (api: string) => {
    const rest = value.filter((grant) => grant.api !== api);
    const hasDefault = rest.some((grant) => grant.default);
    onChange(
      rest.map((grant, row) => ({
        ...grant,
        default: grant.default || (!hasDefault && row === 0),
      })),
    );
  };
  return (
    <Stack gap="sm">
      {value.length === 0 && <Text size="sm">{words.none}</Text>}
      {value.map((grant) => (
        <GrantCard
          key={grant.api}
          grant={grant}
          isAlone={value.length === 1}
          disabled={disabled}
          onScopes={(scopes) => replace(grant.api, { scopes })}
          onDefault={() =>
            onChange(value.map((each) => ({ ...each, default: each.api === grant.api })))
          }
          onRemove={() => remove(grant.api)}
        />
      ))}
      {!disabled && (
        <ApiSelect
          taken={value.map(({ api }) => api)}
          onPick={(api) => onChange([...value, { api, scopes: [], default: value.length === 0 }])}
        />
      )}
    </Stack>
  );
}

interface GrantCardProps {
  grant: Grant;
  isAlone: boolean;
  disabled: boolean;
  onScopes: (scopes: string[]) => void;
  onDefault: () => void;
  onRemove: () => void;
}

function GrantCard({ grant, isAlone, disabled, onScopes, onDefault, onRemove }: GrantCardProps) {
  const { data } = useQuery({
    queryKey: ['/apis', 'by-identifier', grant.api],
    queryFn: ({ signal }) =>
      get<Page<Api>>('/apis', { q: grant.api.slice(0, 200), limit: 200 }, signal),
  });
  const api = data?.data.find(({ identifier }) => identifier === grant.api);
  // Of an API that one may not see, only what is granted already is known.
  const defined = api?.scopes.map(({ value }) => value) ?? grant.scopes;
  const described = new Map(api?.scopes.map(({ value, description }) => [value, description]));
  const name = api?.name ?? grant.api;
  return (
    <Card withBorder padding="sm">
      <Stack gap="xs">
        <Group justify="space-between" wrap="nowrap" align="flex-start">
          <div>
            <Text fw={600} className="breaks">
              {name}
            </Text>
            <Text size="xs" className="mono">
              {grant.api}
            </Text>
          </div>
          {!disabled && (
            <ActionIcon
              variant="subtle"
              color="red"
              aria-label={words.remove(name)}
              onClick={onRemove}
            >
              <IconTrash size={16} aria-hidden />
            </ActionIcon>
          )}
        </Group>
        <MultiSelect
          label={words.scopes(name)}
          placeholder={grant.scopes.length === 0 ? words.scopesPlaceholder : ''}
          data={defined}
          value={grant.scopes}
          onChange={(scopes) => onScopes(defined.filter((scope) => scopes.includes(scope)))}
          renderOption={({ option }) => (
            <div>
              <Text size="sm" className="mono">
                {option.value}
              </Text>
              <Text size="xs">{described.get(option.value)}</Text>
            </div>
          )}
          searchable
          hidePickedOptions
          clearable
          disabled={disabled}
          nothingFoundMessage={text.everyPage.list.nothingFound}
        />
        <Group justify="space-between">
          {!isAlone ? (
            <Radio
              name="default-api"
              label={words.default}
              checked={grant.default}
              onChange={onDefault}
              disabled={disabled}
            />
          ) : (
            <span />
          )}
          {!disabled && (
            <Button
              variant="default"
              size="xs"
              disabled={defined.length === grant.scopes.length}
              onClick={() => onScopes([...defined])}
            >
              {words.all}
            </Button>
          )}
        </Group>
      </Stack>
    </Card>
  );
}

/** Adds the API that is picked, and is empty again. */
function ApiSelect({ taken, onPick }: { taken: readonly string[]; onPick: (api: string) => void }) {
  const [search, setSearch] = useState('');
  const [q] = useDebouncedValue(search, searchMillis);
  const { data } = useQuery({
    queryKey: ['/apis', 'offered', q],
    queryFn: ({ signal }) =>
      get<Page<Api>>('/apis', { q, sort: 'name', limit: offeredMax }, signal),
  });
  const offered = (data?.data ?? []).filter(({ identifier }) => !taken.includes(identifier));
  return (
    <Select
      label={words.add}
      placeholder={words.addHint}
      searchable
      value={null}
      searchValue={search}
      onSearchChange={setSearch}
      onChange={(api) => {
        if (api !== null) onPick(api);
        setSearch('');
      }}
      // The server has searched, in names and identifiers alike.
      filter={({ options }) => options}
      nothingFoundMessage={text.everyPage.list.nothingFound}
      data={offered.map(({ identifier, name }) => ({
        value: identifier,
        label: `${isolated(name)} (${identifier})`,
      }))}
    />
  );
}
