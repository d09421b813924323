/** Searches a list while one types: asked for when the keys have been still for a moment. */
import { TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { text } from '../text/text.ts';

const stillMillis = 250;

interface SearchFieldProps {
  /** What the address asks for. */
  value: string | undefined;
  /** undefined: nothing is searched for. */
  onSearch: (q: string | undefined) => void;
}

export function SearchField({ value, onSearch }: SearchFieldProps) {
  const searchLater = useDebouncedCallback((q: string) => onSearch(q || undefined), stillMillis);
  return (
    <TextInput
      aria-label={text.everyPage.list.search}
      placeholder={text.everyPage.list.search}
      leftSection={<IconSearch size={16} aria-hidden />}
      defaultValue={value ?? ''}
      onChange={(event) => searchLater(event.currentTarget.value)}
      w={{ base: '100%', xs: 260 }}
    />
  );
}
