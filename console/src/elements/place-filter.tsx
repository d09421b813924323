/** The choice of a place in a list: all, the organization's own, or one location. */
import { Select } from '@mantine/core';
import { text } from '../text/text.ts';
import { useLocations } from './place-text.tsx';

interface PlaceFilterProps {
  /** '' : all; `none`: the organization's own; otherwise a record id. */
  value: string;
  onChange: (value: string) => void;
}

export function PlaceFilter({ value, onChange }: PlaceFilterProps) {
  const locations = useLocations();
  if (locations.length === 0) return null;
  return (
    <Select
      aria-label={text.everyPage.place.label}
      value={value}
      onChange={(next) => onChange(next ?? '')}
      allowDeselect={false}
      searchable
      w={{ base: '100%', xs: 200 }}
      data={[
        { value: '', label: text.everyPage.place.all },
        { value: 'none', label: text.everyPage.place.organization },
        ...locations.map(({ id, name }) => ({ value: id, label: name })),
      ]}
    />
  );
}
