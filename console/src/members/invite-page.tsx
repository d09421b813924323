/** `/console/members/invite`: a link for somebody new. */
import { Button, Group, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { post } from '../api/api-call.ts';
import { ApiProblem } from '../api/api-problem.ts';
import type { IssuedInvitation } from '../api/records.ts';
import { Page } from '../elements/page.tsx';
import { ProblemAlert } from '../elements/problem-alert.tsx';
import { RecordSelect } from '../elements/record-select.tsx';
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
  const [problem, setProblem] = useState<unknown>();
  const [standing, setStanding] = useState<Standing>(() => {
    const developer: Standing = { role: 'developer', permissions: [] };
    return mayGive(developer) ? developer : { role: null, permissions: [] };
  });
  const form = useForm<{ email: string; location: string | null }>({
    initialValues: { email: '', location: null },
  });

  const submit = form.onSubmit(async ({ email, location }) => {
    setProblem(undefined);
    if (!isComplete(standing)) {
      setProblem(words.form.none);
      return;
    }
    try {
      setShown(
        await post<IssuedInvitation>('/invitations', {
          email,
          ...toStandingBody(standing),
          ...(location === null ? {} : { location }),
        }),
      );
    } catch (error) {
      if (error instanceof ApiProblem) form.setErrors(Object.fromEntries(error.faults));
      setProblem(error);
      return;
    }
    form.reset();
    await queryClient.invalidateQueries({ queryKey: ['/invitations'] });
  });

  return (
    <Page title={words.inviteTitle} above={{ title: words.title, to: '/members' }}>
      {shown !== undefined && <ShownLink invitation={shown} onStored={() => setShown(undefined)} />}
      <form onSubmit={submit}>
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
          <ProblemAlert problem={problem} />
          <Group>
            <Button type="submit" loading={form.submitting}>
              {words.inviteSubmit}
            </Button>
          </Group>
        </Stack>
      </form>
    </Page>
  );
}
