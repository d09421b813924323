/** `/console/locations/$id`: one location, its clients, and what stands in the way of deleting it. */
import { Button, Group, Skeleton, Stack, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { exchange, patch } from '../api/api-call.ts';
import type { Location } from '../api/records.ts';
import { ClientList } from '../elements/client-list.tsx';
import { askToConfirm } from '../elements/confirm.tsx';
import { CopyText } from '../elements/copy-text.tsx';
import { EndingClients, readClientsOf } from '../elements/ending-clients.tsx';
import { useKeptState } from '../elements/kept-input.ts';
import { Page } from '../elements/page.tsx';
import { ProblemAlert } from '../elements/problem-alert.tsx';
import { Section } from '../elements/section.tsx';
import { StatusBadge } from '../elements/status-badge.tsx';
import { useSubmit } from '../elements/use-submit.tsx';
import { useMay, useSession } from '../session/session.tsx';
import { text } from '../text/text.ts';
import { locationRoute } from './routes.tsx';

const words = text.locations;

interface ReadLocation {
  location: Location;
  etag: string | undefined;
}

export function LocationPage() {
  const { id } = locationRoute.useParams();
  const { data, error } = useQuery({
    queryKey: ['/locations', id],
    queryFn: async ({ signal }): Promise<ReadLocation> => {
      const { body, etag } = await exchange<Location>('GET', `/locations/${id}`, { signal });
      return { location: body, etag };
    },
  });
  if (data === undefined) {
    return (
      <Page title={words.title} above={{ title: words.title, to: '/locations' }}>
        {error === null ? <Skeleton height={240} /> : <ProblemAlert problem={error} />}
      </Page>
    );
  }
  return <LoadedLocation key={data.etag ?? ''} read={data} />;
}

function LoadedLocation({ read: { location, etag } }: { read: ReadLocation }) {
  const may = useMay();
  const { me } = useSession();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const [name, setName] = useKeptState('name', location.name, etag);
  const { submit, onSubmit, isBusy, alert } = useSubmit();
  const { id } = location;
  // It is its organization's to change, not its own.
  const mayChange = may('organizations:write') && me.location === null;

  const change = async (body: { name?: string; active?: boolean }, message: string) => {
    await patch(`/locations/${id}`, body, etag);
    for (const path of ['/locations', '/clients', '/access']) {
      await queryClient.invalidateQueries({ queryKey: [path] });
    }
    notifications.show({ color: 'teal', message });
  };
  const askToStop = async () => {
    const clients = may('clients:read') ? await readClientsOf({ location: id }) : [];
    askToConfirm({
      title: words.stopTitle(location.name),
      confirm: words.stop,
      consequences: (
        <EndingClients
          consequence={words.stopConsequence}
          clients={clients}
          none={words.noClients}
        />
      ),
      act: () => change({ active: false }, words.stopped(location.name)),
    });
  };
  const askToDelete = () =>
    askToConfirm({
      title: words.deleteTitle(location.name),
      confirm: words.delete,
      word: location.name,
      consequences: <Text size="sm">{words.deleteConsequence}</Text>,
      act: async () => {
        await exchange('DELETE', `/locations/${id}`, { ifMatch: etag });
        await navigate({ to: '/locations' });
        await queryClient.invalidateQueries({ queryKey: ['/locations'] });
        notifications.show({ color: 'teal', message: words.deleted(location.name) });
      },
    });

  return (
    <Page
      title={location.name}
      above={{ title: words.title, to: '/locations' }}
      mark={<StatusBadge active={location.active} />}
      description={<CopyText value={id} what="id" />}
      actions={
        mayChange && (
          <>
            {location.active ? (
              <Button
                variant="outline"
                color="red"
                loading={isBusy}
                onClick={() => void submit(askToStop)}
              >
                {words.stop}
              </Button>
            ) : (
              <Button
                variant="default"
                loading={isBusy}
                onClick={() =>
                  void submit(() => change({ active: true }, words.started(location.name)))
                }
              >
                {words.start}
              </Button>
            )}
            <Button variant="outline" color="red" onClick={askToDelete}>
              {words.delete}
            </Button>
          </>
        )
      }
    >
      {alert}
      {mayChange && (
        <form onSubmit={onSubmit(() => change({ name }, words.saved))}>
          <Stack maw={420}>
            <TextInput
              label={words.name}
              required
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <Group>
              <Button type="submit" loading={isBusy} disabled={name === location.name}>
                {text.everyPage.actions.save}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
      {may('clients:read') && (
        <Section title={words.clients}>
          <ClientList label={words.clients} filter={{ location: id }} none={words.clientsNone} />
        </Section>
      )}
    </Page>
  );
}
