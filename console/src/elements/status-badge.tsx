/** Whether something is on: said in words, not by colour alone. */
import { Badge } from '@mantine/core';
import { text } from '../text/text.ts';

export function StatusBadge({ active }: { active: boolean }) {
  const words = text.everyPage.status;
  return <Badge color={active ? 'teal' : 'gray'}>{active ? words.active : words.inactive}</Badge>;
}
