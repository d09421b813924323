/** What can be done to a member: a new link, deactivation, removal, each with what it ends. */
import { Button, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { exchange, patch } from '../api/api-call.ts';
import { useCreation } from '../api/creation.ts';
import type { IssuedInvitation } from '../api/records.ts';
import { askToConfirm } from '../elements/confirm.tsx';
import { EndingClients, readClientsOf } from '../elements/ending-clients.tsx';
import { useSubmit } from '../elements/use-submit.tsx';
import { useMay } from '../session/session.tsx';
import { text } from '../text/text.ts';
import type { ReadMember } from './member-page.tsx';
import { standingOf, useMayGive } from './standing-fields.tsx';

const words = text.members;

interface MemberActionsProps {
  read: ReadMember;
  onLink: (invitation: IssuedInvitation) => void;
}

export function MemberActions({ read: { member, etag }, onLink }: MemberActionsProps) {
  const may = useMay();
  const mayGive = useMayGive();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const create = useCreation();
  const { submit, isBusy } = useSubmit({ isAside: true });
  const { id, name } = member;
  // Nobody rules over who holds more.
  if (!mayGive(standingOf(member))) return null;

  const refresh = async () => {
    for (const path of ['/members', '/clients', '/access', '/invitations']) {
      await queryClient.invalidateQueries({ queryKey: [path] });
    }
  };
  /** Asks with the names of what ends. */
  const askWithClients = async (question: {
    title: string;
    consequence: string;
    confirm: string;
    word?: string;
    act: () => Promise<void>;
  }) => {
    const clients = may('clients:read') ? await readClientsOf({ member: id }) : [];
    const { consequence, ...rest } = question;
    askToConfirm({
      ...rest,
      consequences: (
        <EndingClients consequence={consequence} clients={clients} none={words.noClients} />
      ),
    });
  };
  const askToDeactivate = () =>
    askWithClients({
      title: words.deactivateTitle(name),
      consequence: words.deactivateConsequence,
      confirm: words.deactivate,
      act: async () => {
        await patch(`/members/${id}`, { active: false }, etag);
        await refresh();
        notifications.show({ color: 'teal', message: words.deactivated(name) });
      },
    });
  const activate = async () => {
    await patch(`/members/${id}`, { active: true }, etag);
    await refresh();
    notifications.show({ color: 'teal', message: words.activated(name) });
  };
  const askToRemove = () =>
    askWithClients({
      title: words.removeTitle(name),
      consequence: words.removeConsequence,
      confirm: words.removeConfirm,
      word: member.email,
      act: async () => {
        await exchange('DELETE', `/members/${id}`, { ifMatch: etag });
        await navigate({ to: '/members' });
        await refresh();
        notifications.show({ color: 'teal', message: words.removed(name) });
      },
    });
  const askForLink = () =>
    askToConfirm({
      title: words.newLinkTitle(name),
      confirm: words.newLinkConfirm,
      isHarmless: true,
      consequences: <Text size="sm">{words.newLinkConsequence}</Text>,
      act: async () => {
        onLink(await create<IssuedInvitation>(`/members/${id}/invitations`, {}));
        await queryClient.invalidateQueries({ queryKey: ['/invitations'] });
      },
    });

  return (
    <>
      <Button variant="default" onClick={askForLink}>
        {words.newLink}
      </Button>
      {member.active ? (
        <Button
          variant="outline"
          color="red"
          loading={isBusy}
          onClick={() => void submit(askToDeactivate)}
        >
          {words.deactivate}
        </Button>
      ) : (
        <Button variant="default" loading={isBusy} onClick={() => void submit(activate)}>
          {words.activate}
        </Button>
      )}
      <Button
        variant="outline"
        color="red"
        loading={isBusy}
        onClick={() => void submit(askToRemove)}
      >
        {words.remove}
      </Button>
    </>
  );
}
