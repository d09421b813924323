/**
 * `/console/invitation#lki_…`: somebody comes in with a link. The token stands behind the `#`, which no browser sends
 * to any server, and is taken out of the address as soon as it was read.
 */
import { Alert, Text } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { text } from '../text/text.ts';
import { AccountForm } from './account-form.tsx';
import { DoorPage } from './door-page.tsx';
import { takeLinkToken } from './link-token.ts';
import { OpenedLink } from './opened-link.tsx';

const words = text.door.invitation;

export function InvitationPage() {
  const [token] = useState(takeLinkToken);
  const navigate = useNavigate();
  return (
    <DoorPage title={words.title}>
      {token === undefined ? (
        <Alert color="yellow">{words.noToken}</Alert>
      ) : (
        <OpenedLink token={token} refused={words.refused}>
          {(link) => (
            <>
              <Text>{link.is_new ? words.explanation : words.newPassword}</Text>
              <AccountForm
                token={token}
                link={link}
                submitLabel={words.submit}
                refused={words.refused}
                onAccepted={() => navigate({ to: '/sign-in', search: { reason: 'ready' } })}
              />
            </>
          )}
        </OpenedLink>
      )}
    </DoorPage>
  );
}
