/** The choice of a place in a list: all, the organization's own, or one location. */
import { text } from '../text/text.ts';
import { SelectFilter } from './list-filters.tsx';
import { useLocations } from './place-text.tsx';

const words = text.everyPage.place;

/** `location`: `none` for the organization's own, or a record id. */
export function PlaceFilter({ location }: { location?: string | undefined }) {
  const locations = useLocations();
  if (locations.length === 0) return null;
  return (
    <SelectFilter
      label={words.label}
      name="location"
      value={location}
      all={words.all}
      choices={[
        { value: 'none', label: words.organization },
        ...locations.map(({ id, name }) => ({ value: id, label: name })),
      ]}
    />
  );
}
