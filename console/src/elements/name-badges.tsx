/** Scopes, events and the like: some of them, and on a word the rest. */
import { Badge, Group, Text, Tooltip } from '@mantine/core';
import { text } from '../text/text.ts';

interface NameBadgesProps {
  names: readonly string[];
  /** All of them unless told. */
  max?: number;
}

export function NameBadges({ names, max = names.length }: NameBadgesProps) {
  // A card leaves out what has nothing in it.
  if (names.length === 0) return null;
  const rest = names.slice(max);
  return (
    <Group gap={4}>
      {names.slice(0, max).map((name) => (
        <Badge key={name} color="gray" className="mono long-badge" fw={500} miw={0}>
          {name}
        </Badge>
      ))}
      {rest.length > 0 && (
        <Tooltip
          label={rest.join(' ')}
          multiline
          maw={320}
          events={{ hover: true, focus: true, touch: true }}
        >
          <Text size="xs" tabIndex={0}>
            {text.everyPage.list.more(rest.length)}
          </Text>
        </Tooltip>
      )}
    </Group>
  );
}
