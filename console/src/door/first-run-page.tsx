/** `/console/first-run#lki_…`: whoever opens the link of the first start becomes the owner, and is led on. */
import { Alert, Anchor, Text } from '@mantine/core';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { signIn } from '../session/session.tsx';
import { text } from '../text/text.ts';
import { AccountForm } from './account-form.tsx';
import { DoorPage } from './door-page.tsx';
import { takeLinkToken } from './link-token.ts';
import { OpenedLink } from './opened-link.tsx';

const words = text.firstRun.owner;

export function FirstRunPage() {
  const [token] = useState(takeLinkToken);
  const navigate = useNavigate();

  if (token === undefined) {
    return (
      <DoorPage title={words.title}>
        <Alert color="yellow">{words.noToken}</Alert>
        <Anchor component={Link} to="/first-steps">
          {words.goOn}
        </Anchor>
      </DoorPage>
    );
  }

  const goOn = async ({ email, password }: { email: string; password: string }) => {
    try {
      await signIn(email, password);
    } catch {
      // The account is there: whatever was in the way, the door says it.
      await navigate({ to: '/sign-in', search: { reason: 'ready', next: '/first-steps' } });
      return;
    }
    await navigate({ to: '/first-steps' });
  };

  return (
    <DoorPage title={words.title}>
      <OpenedLink token={token} refused={words.refused}>
        {(link) => (
          <>
            <Text>{words.explanation}</Text>
            <AccountForm
              token={token}
              link={link}
              submitLabel={words.submit}
              refused={words.refused}
              onAccepted={goOn}
            />
          </>
        )}
      </OpenedLink>
    </DoorPage>
  );
}
