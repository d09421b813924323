/** `/console/clients/new`: what the client is, a review of what that means, then its credential, once (FEATURES 2.2, 3.1, 4.2). */
import {
  Alert,
  Anchor,
  Button,
  Card,
  Group,
  List,
  Skeleton,
  Stack,
  Switch,
  Text,
  Title,
} from '@mantine/core';
import { useForm } from '@mantine/form';
import { Link, useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useCreation } from '../api/creation.ts';
import type { CreatedClient, Grant } from '../api/records.ts';
import { useKeptForm, useKeptState } from '../elements/kept-input.ts';
import { useRecord } from '../elements/record-select.tsx';
import { Page } from '../elements/page.tsx';
import { ShownSecret } from '../elements/shown-secret.tsx';
import { useSubmit } from '../elements/use-submit.tsx';
import { useSession } from '../session/session.tsx';
import { text } from '../text/text.ts';
import { useClientsChanged } from './client-changes.ts';
import {
  clientFieldNames,
  ClientFields,
  toClientChange,
  type ClientValues,
} from './client-fields.tsx';
import { GrantsInput } from './grants-input.tsx';

const words = text.client.make;
const above = { title: text.clients.title, to: '/clients' };

export function NewClientPage() {
  const { me } = useSession();
  const clientsChanged = useClientsChanged();
  const navigate = useNavigate();
  const form = useForm<ClientValues>({
    initialValues: {
      name: '',
      description: '',
      location: me.location,
      lifetime: '',
      isExempt: false,
    },
  });
  useKeptForm(form, 'client');
  const [grants, setGrants] = useKeptState<Grant[]>('grants', []);
  const [isActive, setIsActive] = useKeptState('active', true);
  const [isReview, setIsReview] = useState(false);
  const [made, setMade] = useState<CreatedClient>();
  const [storedId, setStoredId] = useState<string>();
  const create = useCreation();
  const { submit, isBusy, alert } = useSubmit({
    form,
    fieldNames: clientFieldNames,
    isCreation: true,
  });
  const hasBareGrant = grants.some(({ scopes }) => scopes.length === 0);

  const make = async () => {
    const body = { ...toClientChange(form.values), grants, active: isActive };
    setMade(await create<CreatedClient>('/clients', body));
    await clientsChanged();
  };

  useEffect(() => {
    // Not before the banner is gone, which lets nobody leave.
    if (storedId !== undefined) void navigate({ to: '/clients/$id', params: { id: storedId } });
  }, [storedId, navigate]);

  if (storedId !== undefined) return <Skeleton height={320} />;
  if (made !== undefined) {
    return (
      <Page key="made" title={words.madeTitle(made.name)} above={above}>
        <Made client={made} onStored={() => setStoredId(made.id)} />
      </Page>
    );
  }
  return (
    <Page title={words.title} above={above}>
      {isReview ? (
        <Card withBorder maw={760}>
          <Stack>
            <Review values={form.values} grants={grants} isActive={isActive} />
            {alert}
            <Group>
              <Button loading={isBusy} onClick={() => void submit(make)}>
                {words.submit}
              </Button>
              <Button variant="default" disabled={isBusy} onClick={() => setIsReview(false)}>
                {words.back}
              </Button>
            </Group>
          </Stack>
        </Card>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            setIsReview(true);
          }}
        >
          <Stack maw={760}>
            {alert}
            <ClientFields form={form} />
            <Switch
              label={text.client.fields.active}
              description={text.client.fields.activeHint}
              checked={isActive}
              onChange={(event) => setIsActive(event.currentTarget.checked)}
            />
            <Title order={2} size="h4">
              {text.client.grants.title}
            </Title>
            <GrantsInput value={grants} onChange={setGrants} />
            {hasBareGrant && (
              <Text size="sm" role="status">
                {text.client.grants.noScopes}
              </Text>
            )}
            <Group>
              <Button type="submit" disabled={hasBareGrant || form.values.name.trim() === ''}>
                {words.review}
              </Button>
              <Button variant="default" component={Link} to="/clients">
                {text.everyPage.actions.cancel}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Page>
  );
}

function Review(props: { values: ClientValues; grants: readonly Grant[]; isActive: boolean }) {
  const { values, grants, isActive } = props;
  const location = useRecord('/locations', values.location);
  const place =
    values.location === null
      ? text.everyPage.place.organization
      : (location?.name ?? values.location);
  return (
    <>
      <Title order={2} size="h4">
        {words.reviewTitle}
      </Title>
      <Text fw={600} className="breaks">
        {values.name}
      </Text>
      <List size="sm" spacing="xs">
        <List.Item>{words.belongs(place)}</List.Item>
        {grants.length === 0 && <List.Item>{words.noGrant}</List.Item>}
        {grants.map(({ api, scopes }) => (
          <List.Item key={api}>{words.grant(api, scopes.join(', '))}</List.Item>
        ))}
        {values.lifetime !== '' && <List.Item>{words.lifetime(values.lifetime)}</List.Item>}
        {!isActive && <List.Item>{words.inactive}</List.Item>}
        <List.Item>{values.isExempt ? words.exempt : words.unused}</List.Item>
        <List.Item>{words.shownOnce}</List.Item>
      </List>
    </>
  );
}

function Made({ client, onStored }: { client: CreatedClient; onStored: () => void }) {
  if (client.client_secret === null) {
    return (
      <Alert color="yellow" title={words.replayedTitle} role="alert">
        <Stack gap="xs" align="flex-start">
          <Text size="sm">{words.replayed}</Text>
          <Anchor component={Link} to={`/clients/${client.id}?tab=secrets`}>
            {words.toSecrets}
          </Anchor>
        </Stack>
      </Alert>
    );
  }
  return (
    <ShownSecret
      credential={{ clientId: client.client_id, clientSecret: client.client_secret }}
      name={client.name}
      onStored={onStored}
    />
  );
}
