/** A length of time, chosen among a few that make sense. */
import { Select } from '@mantine/core';
import { text } from '../text/text.ts';

const words = text.client.durations;

export type Duration = keyof typeof words;

export function describeSeconds(seconds: number): string {
  const known = Object.entries(words).find(([value]) => Number(value) === seconds);
  return known?.[1] ?? `${seconds} s`;
}

interface SecondsSelectProps {
  label: string;
  description?: string;
  value: Duration;
  onChange: (duration: Duration) => void;
  offered: readonly Duration[];
  /** Instead of the usual word for it. */
  names?: Partial<Record<Duration, string>>;
}

export function SecondsSelect(props: SecondsSelectProps) {
  const { label, description, value, onChange, offered, names = {} } = props;
  return (
    <Select
      label={label}
      description={description}
      allowDeselect={false}
      value={value}
      onChange={(next) => {
        const duration = offered.find((each) => each === next);
        if (duration !== undefined) onChange(duration);
      }}
      data={offered.map((each) => ({ value: each, label: names[each] ?? words[each] }))}
    />
  );
}
