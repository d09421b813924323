/** `/console/members/invite`: a link for somebody new. */
import { Button, Group, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useCreation } from '../api/creation.ts';
import type { IssuedInvitation } from '../api/records.ts';
import { useKeptForm, useKeptState } from '../elements/kept-input.ts';
import { Page } from '../elements/page.tsx';
import { RecordSelect } from '../elements/record-select.tsx';
import { useSubmit } from '../elements/use-submit.tsx';
import { useMay, useSession } from '../session/session.tsx';
import { text } from '../text/text.ts';
import { ShownLink } from './shown-link.tsx';
import {
  isComplete,
  StandingFields,
  toStandingBody,
  useMayGive,
  type Standing,
} from './standing-fields.tsx';

const words = text.members;

export function InvitePage() {
  const queryClient = useQueryClient();
  const may = useMay();
  const { me } = useSession();
  const mayGive = useMayGive();
  const [shown, setShown] = useState<IssuedInvitation>();
  const create = useCreation();
  const developer: Standing = { role: 'developer', permissions: [] };
  const [standing, setStanding] = useKeptState<Standing>(
    'standing',
    mayGive(developer) ? developer : { role: null, permissions: [] },
  );
  const form = useForm<{ email: string; location: string | null }>({
    initialValues: { email: '', location: null },
  });
  useKeptForm(form, 'address');

  const { submit, isBusy, alert, refuse } = useSubmit({ form, isCreation: true });
  const invite = async ({ email, location }: typeof form.values) => {
    const invitation = await create<IssuedInvitation>('/invitations', {
      email,
      ...toStandingBody(standing),
      ...(location === null ? {} : { location }),
    });
    setShown(invitation);
    form.reset();
    await queryClient.invalidateQueries({ queryKey: ['/invitations'] });
  };
  const send = form.onSubmit((values) =>
    isComplete(standing) ? submit(() => invite(values)) : refuse(words.form.none),
  );

  return (
    <Page title={words.inviteTitle} above={{ title: words.title, to: '/members' }}>
      {shown !== undefined && <ShownLink invitation={shown} onStored={() => setShown(undefined)} />}
      <form onSubmit={send}>
        <Stack maw={720}>
          <TextInput
            label={words.form.email}
            type="email"
            autoComplete="off"
            required
            {...form.getInputProps('email')}
          />
          {me.location === null && may('organizations:read') && (
            <RecordSelect
              path="/locations"
              none={text.everyPage.place.organization}
              label={words.form.place}
              description={words.form.placeHint}
              value={form.values.location}
              onChange={(location) => form.setFieldValue('location', location)}
            />
          )}
          <StandingFields value={standing} onChange={setStanding} />
          {alert}
          <Group>
            <Button type="submit" loading={isBusy}>
              {words.inviteSubmit}
            </Button>
          </Group>
        </Stack>
      </form>
    </Page>
  );
}
