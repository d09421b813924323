/** `/console/organization`, Settings → General: the organization's name, and its own credentials (FEATURES 1). */
import { Button, Card, Group, Skeleton, Stack, Text, TextInput, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconPlugConnected } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { exchange, patch } from '../api/api-call.ts';
import { useListPages } from '../api/list-pages.ts';
import type { Client, Organization } from '../api/records.ts';
import { RegenerateButton } from '../clients/regenerate-button.tsx';
import { clientColumns } from '../elements/client-list.tsx';
import { EmptyState } from '../elements/empty-state.tsx';
import { useKeptState } from '../elements/kept-input.ts';
import { Page } from '../elements/page.tsx';
import { ProblemAlert } from '../elements/problem-alert.tsx';
import { RecordTable } from '../elements/record-table.tsx';
import { useSubmit } from '../elements/use-submit.tsx';
import { useMay, useSession } from '../session/session.tsx';
import { text } from '../text/text.ts';

const words = text.organization;

interface ReadOrganization {
  organization: Organization;
  etag: string | undefined;
}

export function OrganizationPage() {
  const { me } = useSession();
  const may = useMay();
  const { data, error } = useQuery({
    queryKey: ['/organizations', me.organization],
    queryFn: async ({ signal }): Promise<ReadOrganization> => {
      const path = `/organizations/${me.organization}`;
      const { body, etag } = await exchange<Organization>('GET', path, { signal });
      return { organization: body, etag };
    },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  return (
    <Page title={words.title} description={words.description}>
      <ProblemAlert problem={error} />
      {data === undefined ? (
        error === null && <Skeleton height={120} />
      ) : (
        <NameForm key={data.etag} read={data} />
      )}
      {may('clients:read') && <Credentials />}
    </Page>
  );
}

function NameForm({ read: { organization, etag } }: { read: ReadOrganization }) {
  const may = useMay();
  const queryClient = useQueryClient();
  const [name, setName] = useKeptState('name', organization.name, etag);
  const { onSubmit, isBusy, alert } = useSubmit();

  const save = async () => {
    await patch(`/organizations/${organization.id}`, { name: name.trim() }, etag);
    notifications.show({ color: 'teal', message: words.saved });
    await queryClient.invalidateQueries({ queryKey: ['/organizations'] });
  };

  return (
    <Card withBorder maw={860}>
      <form onSubmit={onSubmit(save)}>
        <Stack>
          <TextInput
            label={words.name}
            required
            maxLength={200}
            value={name}
            readOnly={!may('organizations:write')}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          {alert}
          {may('organizations:write') && (
            <Group>
              <Button
                type="submit"
                loading={isBusy}
                disabled={name.trim() === '' || name === organization.name}
              >
                {words.save}
              </Button>
            </Group>
          )}
        </Stack>
      </form>
    </Card>
  );
}

/** What belongs to no location: most organizations have one, and press one button. */
function Credentials() {
  const { me } = useSession();
  const may = useMay();
  const pages = useListPages<Client>('/clients', {
    organization: me.organization,
    location: 'none',
    sort: 'created_at',
  });
  return (
    <Stack>
      <Title order={2} size="h4">
        {words.credentials}
      </Title>
      <Text size="sm">{words.credentialsHint}</Text>
      <RecordTable
        label={words.credentials}
        pages={pages}
        columns={
          may('secrets:write')
            ? [
                ...clientColumns,
                {
                  key: 'actions',
                  title: text.everyPage.column.actions,
                  render: (client) => <RegenerateButton client={client} isPair />,
                },
              ]
            : clientColumns
        }
        nameOf={({ name }) => name}
        empty={
          <EmptyState
            icon={<IconPlugConnected />}
            title={words.empty}
            hint={words.emptyHint}
            action={
              may('clients:write') && (
                <Button component={Link} to="/clients/new">
                  {words.make}
                </Button>
              )
            }
          />
        }
      />
    </Stack>
  );
}
