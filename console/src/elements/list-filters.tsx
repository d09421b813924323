/** What a list is narrowed by, beside the field that searches it. */
import { SegmentedControl, Select } from '@mantine/core';
import { text } from '../text/text.ts';
import { useAskList, type ListQuestion } from './list-search.ts';

const words = text.everyPage;

interface ChoiceFilterProps {
  label: string;
  /** The parameter of the address, and of the admin API. */
  name: string;
  value: string | undefined;
  /** What all of them are called. */
  all: string;
  choices: readonly { value: string; label: string }[];
}

interface SegmentFilterProps extends ChoiceFilterProps {
  /** What else a choice asks. */
  questionOf?: (choice: string) => ListQuestion;
}

/** For few choices: all of them are seen. */
export function SegmentFilter(props: SegmentFilterProps) {
  const { label, name, value = '', all, choices, questionOf } = props;
  const ask = useAskList();
  return (
    <SegmentedControl
      aria-label={label}
      value={value}
      onChange={(next) => ask(questionOf?.(next) ?? { [name]: next })}
      data={[{ value: '', label: all }, ...choices]}
    />
  );
}

/** For more than few. */
export function SelectFilter({ label, name, value = '', all, choices }: ChoiceFilterProps) {
  const ask = useAskList();
  return (
    <Select
      aria-label={label}
      value={value}
      onChange={(next) => ask({ [name]: next ?? '' })}
      allowDeselect={false}
      searchable
      w={{ base: '100%', xs: 180 }}
      data={[{ value: '', label: all }, ...choices]}
    />
  );
}

export const activeChoices = [
  { value: 'true', label: words.list.active },
  { value: 'false', label: words.list.inactive },
];

export function ActiveFilter({ active }: { active?: string | undefined }) {
  return (
    <SegmentFilter
      label={words.column.status}
      name="active"
      value={active}
      all={words.list.all}
      choices={activeChoices}
    />
  );
}
