/** `/console/first-steps`: from an empty organization to an access token that the server has seen. */
import { Anchor, Button, Skeleton, Stack, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { Page } from '../elements/page.tsx';
import { ProblemAlert } from '../elements/problem-alert.tsx';
import { ShownSecret, type ShownCredential } from '../elements/shown-secret.tsx';
import { useMay, useSession } from '../session/session.tsx';
import { text } from '../text/text.ts';
import { FirstApi } from './first-api.tsx';
import { FirstClient } from './first-client.tsx';
import { FirstToken, Validation } from './first-token.tsx';
import { OrganizationName } from './organization-name.tsx';
import { useProgress } from './progress.ts';
import { Step } from './step.tsx';

const words = text.firstRun;

export function FirstStepsPage() {
  const { me } = useSession();
  const may = useMay();
  const progress = useProgress({ isWatching: true });
  const { isLoading, problem, organization, isNamed, api, client, tokens } = progress;
  // The secret lives here and nowhere else, until it is stored.
  const [credential, setCredential] = useState<ShownCredential>();
  // Whoever keeps the name that it has goes on, and is asked again another time.
  const [keepsName, setKeepsName] = useState(false);
  const mayDoAll = may('apis:write') && may('clients:write') && may('usage:read');

  if (problem !== null) {
    return (
      <Page title={words.title}>
        <ProblemAlert problem={problem} />
      </Page>
    );
  }
  if (isLoading) {
    return (
      <Page title={words.title} description={words.description}>
        <Skeleton h={320} />
      </Page>
    );
  }
  const isAsked =
    organization !== undefined &&
    !isNamed &&
    !keepsName &&
    api === undefined &&
    may('organizations:write');
  return (
    <Page title={words.title} description={words.description}>
      <Stack maw={860}>
        {!mayDoAll && <Text>{words.mayNot}</Text>}
        <Step number={1} title={words.account.title} isDone outcome={me.display_name} />
        <Step
          number={2}
          title={words.organization.title}
          isDone={!isAsked}
          outcome={!isAsked && (organization?.name ?? words.notSeen)}
        >
          {organization !== undefined && isAsked && (
            <OrganizationName organization={organization} onKept={() => setKeepsName(true)} />
          )}
        </Step>
        <Step
          number={3}
          title={words.api.title}
          isDone={api !== undefined}
          outcome={
            api === undefined ? (
              !may('apis:read') && words.notSeen
            ) : (
              <Anchor component={Link} to={`/apis/${api.id}`}>
                {api.name}
              </Anchor>
            )
          }
        >
          {api === undefined && !isAsked && mayDoAll && <FirstApi />}
        </Step>
        <Step
          number={4}
          title={words.client.title}
          isDone={client !== undefined}
          outcome={
            client === undefined ? (
              !may('clients:read') && words.notSeen
            ) : (
              <Anchor component={Link} to={`/clients/${client.id}`}>
                {client.name}
              </Anchor>
            )
          }
        >
          {credential && (
            <ShownSecret
              credential={credential}
              name={client?.name ?? ''}
              onStored={() => setCredential(undefined)}
            />
          )}
          {api !== undefined && client === undefined && mayDoAll && (
            <FirstClient api={api} onMade={setCredential} />
          )}
        </Step>
        <Step
          number={5}
          title={words.token.title}
          isDone={tokens > 0}
          outcome={tokens > 0 ? words.token.seen(tokens) : undefined}
        >
          {client !== undefined && (
            <FirstToken
              client={client}
              secret={credential?.clientSecret}
              isWaiting={tokens === 0}
            />
          )}
        </Step>
        <Step number={6} title={words.validation.title} isDone={false}>
          {client !== undefined && tokens > 0 && <Validation client={client} />}
        </Step>
        {tokens > 0 && (
          <Button component={Link} to="/" w="fit-content">
            {words.toOverview}
          </Button>
        )}
      </Stack>
    </Page>
  );
}
