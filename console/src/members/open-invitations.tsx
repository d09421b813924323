/** The links that still let somebody in. */
import { Button, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconMail } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { remove } from '../api/api-call.ts';
import { useListPages } from '../api/list-pages.ts';
import type { Invitation } from '../api/records.ts';
import { askToConfirm } from '../elements/confirm.tsx';
import { placeColumn } from '../elements/columns.tsx';
import { EmptyState } from '../elements/empty-state.tsx';
import { RecordTable, type Column } from '../elements/record-table.tsx';
import { Section } from '../elements/section.tsx';
import { TimeText } from '../elements/time-text.tsx';
import { useMay } from '../session/session.tsx';
import { text } from '../text/text.ts';
import { RoleText } from './role-text.tsx';

const words = text.members.invitations;
const columnWords = text.members.column;

/** The link that the server printed at its first start is for whoever reads it. */
export function addresseeOf({ email }: Pick<Invitation, 'email'>): string {
  return email ?? text.members.link.anybody;
}

export function OpenInvitations() {
  const may = useMay();
  const queryClient = useQueryClient();
  const pages = useListPages<Invitation>('/invitations', { open: true });
  const ask = (invitation: Invitation) => {
    const email = addresseeOf(invitation);
    askToConfirm({
      title: words.revokeTitle(email),
      confirm: words.revokeConfirm,
      consequences: <Text size="sm">{words.revokeConsequence}</Text>,
      act: async () => {
        await remove(`/invitations/${invitation.id}`);
        await queryClient.invalidateQueries({ queryKey: ['/invitations'] });
        notifications.show({ color: 'teal', message: words.revoked(email) });
      },
    });
  };
  const columns: Column<Invitation>[] = [
    {
      key: 'email',
      isName: true,
      title: columnWords.email,
      render: (invitation) => (
        <Text size="sm" className="mono-break">
          {addresseeOf(invitation)}
        </Text>
      ),
    },
    {
      key: 'role',
      title: columnWords.role,
      render: (invitation) => <RoleText {...invitation} />,
    },
    placeColumn,
    {
      key: 'expires_at',
      title: columnWords.expires,
      render: ({ expires_at: at }) => <TimeText value={at} />,
    },
  ];
  if (may('members:write')) {
    columns.push({
      key: 'actions',
      title: columnWords.actions,
      render: (invitation) => (
        <Button
          size="compact-sm"
          color="red"
          variant="outline"
          aria-label={words.revokeWhose(addresseeOf(invitation))}
          onClick={() => ask(invitation)}
        >
          {words.revoke}
        </Button>
      ),
    });
  }
  return (
    <Section title={words.title}>
      <RecordTable
        label={words.title}
        pages={pages}
        columns={columns}
        nameOf={addresseeOf}
        empty={<EmptyState icon={<IconMail />} title={words.empty} hint={words.emptyHint} />}
      />
    </Section>
  );
}
