/** The choice of one record among any number of them, searched for on the server, or of none. */
import { Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { get } from '../api/api-call.ts';
import type { Client, Location, Member, Page } from '../api/records.ts';
import { isolated } from '../text/isolated.ts';
import { text } from '../text/text.ts';

const searchMillis = 250;
const offeredMax = 50;
/** No record id looks like this. */
const nobody = 'none';

interface Records {
  '/clients': Client;
  '/locations': Location;
  '/members': Member;
}
export type RecordPath = keyof Records;

/** Names need not differ: what does stands beside them. */
const labelOf: { [Path in RecordPath]: (record: Records[Path]) => string } = {
  '/clients': ({ name, client_id: clientId }) => `${isolated(name)} · ${clientId}`,
  '/locations': ({ name }) => name,
  '/members': ({ name, email }) => `${isolated(name)} · ${isolated(email)}`,
};

/** undefined: none, not known yet, or not one's own to see. */
export function useRecord<Path extends RecordPath>(path: Path, id: string | null) {
  const { data } = useQuery({
    // Not the key of the record's own page, which keeps the ETag beside it.
    queryKey: [path, 'alone', id],
    queryFn: ({ signal }) => get<Records[Path]>(`${path}/${id}`, {}, signal),
    enabled: id !== null,
  });
  return data;
}

interface RecordSelectProps<Path extends RecordPath> {
  path: Path;
  label: string;
  description?: string | undefined;
  /** What it is called when none is chosen. */
  none: string;
  /** Record id. */
  value: string | null;
  onChange: (id: string | null) => void;
  error?: string | undefined;
  disabled?: boolean;
  /** The label is only said, beside other filters of a list. */
  isFilter?: boolean;
}

export function RecordSelect<Path extends RecordPath>(props: RecordSelectProps<Path>) {
  const { path, label, isFilter = false, none, value, onChange, ...input } = props;
  const [search, setSearch] = useState('');
  const chosen = useRecord(path, value);
  const chosenLabel = value === null ? none : chosen === undefined ? value : labelOf[path](chosen);
  // What is chosen stands in the field: it is nothing to search for.
  const [q] = useDebouncedValue(search === chosenLabel ? '' : search, searchMillis);
  const { data } = useQuery({
    queryKey: [path, 'offered', q],
    queryFn: ({ signal }) =>
      get<Page<Records[Path]>>(path, { q, sort: 'name', limit: offeredMax }, signal),
  });
  const found = (data?.data ?? []).filter(({ id }) => id !== value);
  return (
    <Select
      {...input}
      {...(isFilter ? { 'aria-label': label, w: { base: '100%', xs: 200 } } : { label })}
      searchable
      allowDeselect={false}
      value={value ?? nobody}
      onChange={(next) => onChange(next === nobody || next === null ? null : next)}
      onSearchChange={setSearch}
      nothingFoundMessage={text.everyPage.list.nothingFound}
      data={[
        { value: nobody, label: none },
        ...(value === null ? [] : [{ value, label: chosenLabel }]),
        ...found.map((record) => ({ value: record.id, label: labelOf[path](record) })),
      ]}
    />
  );
}
