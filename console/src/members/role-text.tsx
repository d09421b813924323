/** What somebody may do, in one word: the role, or how many permissions a set of their own has. */
import { Text, Tooltip } from '@mantine/core';
import type { Permission, Role } from '../api/records.ts';
import { text } from '../text/text.ts';

interface RoleTextProps {
  role: Role | null;
  permissions: readonly Permission[];
}

export function RoleText({ role, permissions }: RoleTextProps) {
  if (role !== null) return <Text size="sm">{text.permissions.role[role]}</Text>;
  return (
    <Tooltip label={permissions.join(' ')} multiline maw={320}>
      <Text size="sm" tabIndex={0}>
        {text.members.permissionCount(permissions.length)}
      </Text>
    </Tooltip>
  );
}
