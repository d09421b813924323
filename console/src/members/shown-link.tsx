/** The link with which somebody chooses a password: shown this once. The token stands behind the `#`. */
import { Alert, Text } from '@mantine/core';
import type { IssuedInvitation } from '../api/records.ts';
import { CopyText } from '../elements/copy-text.tsx';
import { ShownOnce } from '../elements/shown-once.tsx';
import { MomentText } from '../elements/time-text.tsx';
import { text } from '../text/text.ts';
import { addresseeOf } from './open-invitations.tsx';

const words = text.members.link;

interface ShownLinkProps {
  invitation: IssuedInvitation;
  onStored: () => void;
}

export function ShownLink({ invitation, onStored }: ShownLinkProps) {
  if (invitation.token === null) {
    return (
      <Alert color="yellow" role="alert" withCloseButton onClose={onStored}>
        {words.lost}
      </Alert>
    );
  }
  const link = `${window.location.origin}/console/invitation#${invitation.token}`;
  return (
    <ShownOnce title={words.title(addresseeOf(invitation))} why={words.why} onStored={onStored}>
      <CopyText value={link} what={words.what} />
      <Text size="sm">
        {words.expires} <MomentText value={invitation.expires_at} />
      </Text>
    </ShownOnce>
  );
}
