/** To what something belongs: the organization itself, or one of its locations, by its name. */
import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { get } from '../api/api-call.ts';
import type { Location, Page } from '../api/records.ts';
import { useMay } from '../session/session.tsx';
import { text } from '../text/text.ts';

const locationsMax = 200;

/** Of those one may see, the first of them by name: enough for a choice and for the names in a list. */
export function useLocations(): readonly Location[] {
  const may = useMay();
  const { data } = useQuery({
    queryKey: ['/locations', 'names'],
    queryFn: ({ signal }) =>
      get<Page<Location>>('/locations', { limit: locationsMax, sort: 'name' }, signal),
    enabled: may('organizations:read'),
  });
  return data?.data ?? [];
}

/** `location`: a record id; null: the organization's own. */
export function PlaceText({ location }: { location: string | null }) {
  const locations = useLocations();
  if (location === null) return <Text size="sm">{text.everyPage.place.organizationShort}</Text>;
  const name = locations.find(({ id }) => id === location)?.name;
  return (
    <Text size="sm" className={name === undefined ? 'mono' : 'breaks'}>
      {name ?? location}
    </Text>
  );
}
