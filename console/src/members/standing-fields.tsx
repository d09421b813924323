/** What somebody may do: a role, or a set of permissions of their own; never more than who gives it holds. */
import { Checkbox, Fieldset, Radio, Stack, Text } from '@mantine/core';
import type { Member, Permission, Role } from '../api/records.ts';
import { useMay, useSession } from '../session/session.tsx';
import { text } from '../text/text.ts';
import { permissions, rolePermissions, roles } from './role-permissions.ts';

const words = text.members.form;
const ownSet = 'own';

export interface Standing {
  /** null: a set of their own. */
  role: Role | null;
  permissions: readonly Permission[];
}

export function standingOf({ role, permissions: held }: Member): Standing {
  return { role, permissions: held };
}

/** Either a role or a set, as the admin API takes it. */
export function toStandingBody({ role, permissions: chosen }: Standing) {
  return role === null ? { permissions: chosen } : { role };
}

export function isComplete({ role, permissions: chosen }: Standing): boolean {
  return role !== null || chosen.length > 0;
}

/** Whether who is signed in holds everything that it lets one do. */
export function useMayGive(): (standing: Standing) => boolean {
  const { me } = useSession();
  const may = useMay();
  return ({ role, permissions: chosen }) =>
    // Who reaches only their own secrets gives nothing that reaches others'.
    !me.own_secrets_only && (role === null ? chosen : rolePermissions[role]).every(may);
}

interface StandingFieldsProps {
  value: Standing;
  onChange: (standing: Standing) => void;
  isReadOnly?: boolean;
}

export function StandingFields({ value, onChange, isReadOnly = false }: StandingFieldsProps) {
  const may = useMay();
  const mayGive = useMayGive();
  const choose = (choice: string) => {
    const role = roles.find((one) => one === choice) ?? null;
    onChange({ role, permissions: role === null ? value.permissions : rolePermissions[role] });
  };
  return (
    <Stack>
      <Radio.Group
        label={words.standing}
        description={words.standingHint}
        value={value.role ?? ownSet}
        onChange={choose}
      >
        <Stack gap="xs" mt="xs">
          {roles.map((role) => (
            <Radio
              key={role}
              value={role}
              label={text.permissions.role[role]}
              description={text.permissions.roleHint[role]}
              disabled={isReadOnly || !mayGive({ role, permissions: [] })}
            />
          ))}
          <Radio value={ownSet} label={text.permissions.ownSet} disabled={isReadOnly} />
        </Stack>
      </Radio.Group>
      {value.role === null && (
        <Fieldset legend={words.permissions}>
          <Stack gap="xs">
            {permissions.map((permission) => (
              <Checkbox
                key={permission}
                label={text.permissions.permission[permission]}
                description={
                  <Text span inherit className="mono">
                    {permission}
                  </Text>
                }
                checked={value.permissions.includes(permission)}
                disabled={isReadOnly || !may(permission)}
                onChange={(event) =>
                  onChange({
                    role: null,
                    permissions: event.currentTarget.checked
                      ? [...value.permissions, permission]
                      : value.permissions.filter((one) => one !== permission),
                  })
                }
              />
            ))}
          </Stack>
        </Fieldset>
      )}
    </Stack>
  );
}
