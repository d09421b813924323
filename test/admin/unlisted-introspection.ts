/** A client that introspects a token of an API that does not list it, and the notice it raises. */
import {
  requestToken,
  type AdminApi,
  type Answer,
  type RegisteredClient,
} from '../support/admin-api.ts';

export interface NoticeBody {
  id: string;
  kind: string;
  organization: string;
  location: string | null;
  text: string;
  parameters: Record<string, unknown>;
  count: number;
  first_occurred_at: string;
  last_occurred_at: string;
  read_at: string | null;
}

export interface UnlistedIntrospection {
  api: { id: string; identifier: string };
  asking: RegisteredClient;
  /** Asks once more, and is told nothing. */
  ask(): Promise<void>;
}

/** `admin` makes the API, the client whose token it is, and, unless given, the one that asks. */
export async function newUnlistedIntrospection(
  admin: AdminApi,
  given?: RegisteredClient,
): Promise<UnlistedIntrospection> {
  const api = await admin.createApi(['orders:read']);
  const owner = await admin.createClient([{ api: api.identifier, scopes: ['orders:read'] }]);
  const asking = given ?? (await admin.createClient([]));
  const { body } = await requestToken(admin.server, owner);
  const { clientId, clientSecret } = asking;
  return {
    api,
    asking,
    async ask() {
      const response = await fetch(`${admin.server.issuer}/oauth2/introspect`, {
        method: 'POST',
        body: new URLSearchParams({
          token: String(body['access_token']),
          client_id: clientId,
          client_secret: clientSecret,
        }),
      });
      const answer = await response.text();
      if (answer !== '{"active":false}') throw new Error(`it was told ${answer}`);
    },
  };
}

export async function readNotices(
  admin: AdminApi,
  query = '',
): Promise<Answer<{ data: NoticeBody[]; next_cursor: string | null }>> {
  return admin.request(`/notices?limit=200${query}`);
}

export async function newNotice(admin: AdminApi): Promise<NoticeBody> {
  const introspection = await newUnlistedIntrospection(admin);
  await introspection.ask();
  const { body } = await readNotices(admin);
  const notice = body.data.find(
    ({ parameters }) => parameters['client'] === introspection.asking.id,
  );
  if (!notice) throw new Error('no notice was raised');
  return notice;
}
