/** What a member may do, to be changed by who holds as much. */
import { Button, Group, Stack } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { patch } from '../api/api-call.ts';
import { useKeptState } from '../elements/kept-input.ts';
import { Section } from '../elements/section.tsx';
import { useSubmit } from '../elements/use-submit.tsx';
import { useMay } from '../session/session.tsx';
import { text } from '../text/text.ts';
import type { ReadMember } from './member-page.tsx';
import {
  isComplete,
  StandingFields,
  standingOf,
  toStandingBody,
  useMayGive,
} from './standing-fields.tsx';

const words = text.members;

export function StandingSection({ read: { member, etag } }: { read: ReadMember }) {
  const may = useMay();
  const mayGive = useMayGive();
  const queryClient = useQueryClient();
  const before = standingOf(member);
  const [standing, setStanding] = useKeptState('standing', before, etag);
  const { submit, isBusy, alert, refuse } = useSubmit();
  const isReadOnly = !may('members:write') || !mayGive(before);
  const isDirty =
    JSON.stringify(toStandingBody(standing)) !== JSON.stringify(toStandingBody(before));

  const save = async () => {
    await patch(`/members/${member.id}`, toStandingBody(standing), etag);
    await queryClient.invalidateQueries({ queryKey: ['/members'] });
    notifications.show({ color: 'teal', message: words.saved });
  };
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (isComplete(standing)) void submit(save);
    else refuse(words.form.none);
  };

  return (
    <Section title={words.standing}>
      <form onSubmit={send}>
        <Stack>
          <StandingFields value={standing} onChange={setStanding} isReadOnly={isReadOnly} />
          {alert}
          {!isReadOnly && (
            <Group>
              <Button type="submit" loading={isBusy} disabled={!isDirty}>
                {words.save}
              </Button>
            </Group>
          )}
        </Stack>
      </form>
    </Section>
  );
}
