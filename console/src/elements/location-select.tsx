/** Where something belongs: to the organization itself, or to one of its locations, searched for on the server. */
import { Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { get } from '../api/api-call.ts';
import type { Location, Page } from '../api/records.ts';
import { text } from '../text/text.ts';

const words = text.everyPage.place;
const searchMillis = 250;
const offeredMax = 50;
/** No record id looks like this. */
const organization = 'organization';

interface LocationSelectProps {
  label: string;
  description?: string;
  /** Record id; null: the organization's own. */
  value: string | null;
  onChange: (location: string | null) => void;
  error?: string | undefined;
  disabled?: boolean;
}

export function useLocationName(id: string | null): string {
  const { data } = useQuery({
    queryKey: ['/locations', id],
    queryFn: ({ signal }) => get<Location>(`/locations/${id}`, {}, signal),
    enabled: id !== null,
  });
  return id === null ? words.organization : (data?.name ?? id);
}

export function LocationSelect({ value, onChange, ...input }: LocationSelectProps) {
  const [search, setSearch] = useState('');
  const chosenName = useLocationName(value);
  // What is chosen stands in the field: it is nothing to search for.
  const [q] = useDebouncedValue(search === chosenName ? '' : search, searchMillis);
  const { data } = useQuery({
    queryKey: ['/locations', 'offered', q],
    queryFn: ({ signal }) =>
      get<Page<Location>>('/locations', { q, sort: 'name', limit: offeredMax }, signal),
  });
  const found = (data?.data ?? []).filter(({ id }) => id !== value);
  return (
    <Select
      {...input}
      searchable
      allowDeselect={false}
      value={value ?? organization}
      onChange={(next) => onChange(next === organization || next === null ? null : next)}
      onSearchChange={setSearch}
      nothingFoundMessage={text.everyPage.list.nothingFound}
      data={[
        { value: organization, label: words.organization },
        ...(value === null ? [] : [{ value, label: chosenName }]),
        ...found.map(({ id, name }) => ({ value: id, label: name })),
      ]}
    />
  );
}
