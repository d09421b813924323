/** What stands in the place of a page that is not there, or could not be shown. */
import { Anchor, Button, Stack, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { Link, useRouter } from '@tanstack/react-router';
import { ApiProblem } from '../api/api-problem.ts';
import type { Permission } from '../api/records.ts';
import { ProblemAlert } from '../elements/problem-alert.tsx';
import { text } from '../text/text.ts';

const words = text.everyPage.problem;

export function NotFoundPage() {
  useDocumentTitle(text.everyPage.pageTitle(words.notFoundTitle));
  return (
    <Stack align="flex-start">
      <Title order={1} size="h2">
        {words.notFoundTitle}
      </Title>
      <Text>{words.notFound}</Text>
      <Anchor component={Link} to="/">
        {words.toOverview}
      </Anchor>
    </Stack>
  );
}

/** The server would refuse what the page shows: said before anything is asked. */
export function ForbiddenPage({ permission }: { permission: Permission }) {
  useDocumentTitle(text.everyPage.pageTitle(words.forbiddenTitle));
  return (
    <Stack align="flex-start">
      <Title order={1} size="h2">
        {words.forbiddenTitle}
      </Title>
      <Text>{words.forbiddenPage(text.permissions.permission[permission])}</Text>
      <Anchor component={Link} to="/">
        {words.toOverview}
      </Anchor>
    </Stack>
  );
}

export function CrashedPage({ error }: { error: unknown }) {
  const router = useRouter();
  if (error instanceof ApiProblem && error.status === 404) return <NotFoundPage />;
  return (
    <Stack align="flex-start">
      <ProblemAlert problem={error} title={words.crashed} />
      <Button variant="default" onClick={() => void router.invalidate()}>
        {text.everyPage.actions.retry}
      </Button>
    </Stack>
  );
}
