/** What a link is for: asked before anybody types anything, so that a dead one is told of at once. */
import { Alert, Anchor, Button, Skeleton, Stack } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useEffect, useState, type ReactNode } from 'react';
import { post } from '../api/api-call.ts';
import { ApiProblem } from '../api/api-problem.ts';
import type { OpenLink } from '../api/records.ts';
import { CommandText } from '../elements/command-text.tsx';
import { ProblemAlert } from '../elements/problem-alert.tsx';
import { text } from '../text/text.ts';

interface OpenedLinkProps {
  /** A secret: asked for by no cache, and in no address. */
  token: string;
  /** Said when it lets nobody in any more. */
  refused: string;
  children: (link: OpenLink) => ReactNode;
}

export function OpenedLink({ token, refused, children }: OpenedLinkProps) {
  const [link, setLink] = useState<OpenLink>();
  const [fault, setFault] = useState<unknown>();
  const [looks, setLooks] = useState(1);
  useEffect(() => {
    // As often as it is asked for again.
    if (looks > 0) post<OpenLink>('/invitations/check', { token }).then(setLink, setFault);
  }, [token, looks]);
  const lookAgain = () => {
    setFault(undefined);
    setLooks(looks + 1);
  };

  if (link !== undefined) return children(link);
  if (fault === undefined) return <Skeleton height={200} />;
  // Too long, or of letters that none has, is no link either.
  if (fault instanceof ApiProblem && [400, 404].includes(fault.status)) {
    return (
      <>
        <Alert color="yellow" role="alert">
          <CommandText sentence={refused} />
        </Alert>
        <Anchor component={Link} to="/sign-in">
          {text.door.invitation.toSignIn}
        </Anchor>
      </>
    );
  }
  return (
    <Stack>
      <ProblemAlert problem={fault} />
      <Button variant="default" onClick={lookAgain}>
        {text.everyPage.actions.retry}
      </Button>
    </Stack>
  );
}
