/** `/console/apis/$id`: an API, and what losing a scope would mean for whom. */
import { Alert, Badge, Button, Group, Skeleton, Stack, Text } from '@mantine/core';
import { useForm } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { exchange, patch, remove } from '../api/api-call.ts';
import type { Api } from '../api/records.ts';
import { ClientList } from '../elements/client-list.tsx';
import { askToConfirm } from '../elements/confirm.tsx';
import { CopyText } from '../elements/copy-text.tsx';
import { EndingClients, readClientsOf } from '../elements/ending-clients.tsx';
import { useKeptForm } from '../elements/kept-input.ts';
import { Page } from '../elements/page.tsx';
import { ProblemAlert } from '../elements/problem-alert.tsx';
import { Section } from '../elements/section.tsx';
import { showFirstFault, useSubmit } from '../elements/use-submit.tsx';
import { useMay, useSession } from '../session/session.tsx';
import { text } from '../text/text.ts';
import { ApiFields, toApiBody, type ApiValues } from './api-fields.tsx';
import { apiRoute } from './routes.tsx';

const words = text.apis;

interface ReadApi {
  api: Api;
  etag: string | undefined;
}

export function ApiPage() {
  const { id } = apiRoute.useParams();
  const { data, error } = useQuery({
    queryKey: ['/apis', id],
    queryFn: async ({ signal }): Promise<ReadApi> => {
      const { body, etag } = await exchange<Api>('GET', `/apis/${id}`, { signal });
      return { api: body, etag };
    },
    // What is being edited is not exchanged under the hands; a change of somebody else's is refused by its ETag.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  const above = { title: words.title, to: '/apis' };
  if (error !== null) {
    return (
      <Page title={words.title} above={above}>
        <ProblemAlert problem={error} />
      </Page>
    );
  }
  if (data === undefined) {
    return (
      <Page title={words.title} above={above}>
        <Skeleton height={320} />
      </Page>
    );
  }
  return <LoadedApi key={data.etag ?? ''} read={data} />;
}

function toValues(api: Api): ApiValues {
  return {
    identifier: api.identifier,
    name: api.name,
    scopes: api.scopes.map((scope) => ({ ...scope })),
    access_token_lifetime_seconds: api.access_token_lifetime_seconds,
    signing_alg: api.signing_alg,
    token_typ: api.token_typ,
    introspection_clients: [...api.introspection_clients],
  };
}

function LoadedApi({ read: { api, etag } }: { read: ReadApi }) {
  const may = useMay();
  const { me } = useSession();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const form = useForm<ApiValues>({ initialValues: toValues(api) });
  useKeptForm(form, 'api', etag);
  const isOurs = api.organization !== null || me.permissions.includes('instance:operate');
  const isReadOnly = api.built_in || !isOurs || !may('apis:write');

  const save = async (values: ApiValues) => {
    const { identifier: _identifier, ...changes } = toApiBody(values);
    await patch(`/apis/${api.id}`, changes, etag);
    await queryClient.invalidateQueries({ queryKey: ['/apis'] });
    // Grants have lost what the API has lost.
    await queryClient.invalidateQueries({ queryKey: ['/clients'] });
    notifications.show({ color: 'teal', message: words.saved });
  };

  const { submit, isBusy, alert } = useSubmit({ form });
  const askOrSave = async (values: ApiValues) => {
    const kept = new Set(values.scopes.map(({ value }) => value));
    const lost = api.scopes.map(({ value }) => value).filter((value) => !kept.has(value));
    if (lost.length === 0) return save(values);
    const granted = may('clients:read') ? await readClientsOf({ api: api.id }) : [];
    const losers = granted.filter((client) =>
      client.grants.some(
        (grant) =>
          grant.api === api.identifier && grant.scopes.some((scope) => lost.includes(scope)),
      ),
    );
    askToConfirm({
      title: words.losesTitle,
      confirm: words.losesConfirm,
      consequences: (
        <EndingClients
          consequence={(losers.length === 0 ? words.losesNobody : words.loses)(lost.join(', '))}
          clients={losers}
        />
      ),
      act: () => save(values),
    });
  };

  const askToDelete = () =>
    askToConfirm({
      title: words.deleteTitle(api.name),
      confirm: words.deleteConfirm,
      word: api.name,
      consequences: <Text size="sm">{words.deleteConsequence}</Text>,
      act: async () => {
        await remove(`/apis/${api.id}`);
        await queryClient.invalidateQueries({ queryKey: ['/apis'] });
        notifications.show({ color: 'teal', message: words.deleted(api.name) });
        await navigate({ to: '/apis' });
      },
    });

  return (
    <Page
      title={api.name}
      above={{ title: words.title, to: '/apis' }}
      mark={api.built_in ? <Badge color="gray">{words.builtIn}</Badge> : undefined}
      description={<CopyText value={api.identifier} what="identifier" />}
      actions={
        !isReadOnly && (
          <Button variant="outline" color="red" onClick={askToDelete}>
            {words.deleteConfirm}
          </Button>
        )
      }
    >
      {api.built_in && <Alert color="gray">{words.builtInHint}</Alert>}
      {!api.built_in && !isOurs && <Alert color="gray">{words.instanceHint}</Alert>}
      <form onSubmit={form.onSubmit((values) => submit(() => askOrSave(values)), showFirstFault)}>
        <Stack maw={720}>
          <ApiFields form={form} isReadOnly={isReadOnly} />
          {alert}
          {!isReadOnly && (
            <Group>
              <Button type="submit" loading={isBusy} disabled={!form.isDirty()}>
                {text.everyPage.actions.save}
              </Button>
            </Group>
          )}
        </Stack>
      </form>
      {may('clients:read') && (
        <Section title={words.clientsOf}>
          <ClientList label={words.clientsOf} filter={{ api: api.id }} none={words.clientsOfNone} />
        </Section>
      )}
    </Page>
  );
}
