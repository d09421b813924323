/** An API, the client whose tokens it takes, and those that may or may not ask about them. */
import { AdminApi, type RegisteredClient } from '../support/admin-api.ts';
import type { ServerAddress } from '../support/server-process.ts';

export interface IntrospectionFixture {
  admin: AdminApi;
  orders: { id: string; identifier: string };
  /** May introspect the tokens of orders, and of nothing else. */
  resourceServer: RegisteredClient;
  /** May introspect the tokens of another API. */
  otherResourceServer: RegisteredClient;
  /** May ask for tokens of orders. */
  client: RegisteredClient;
}

export async function makeIntrospectionFixture(
  server: ServerAddress,
): Promise<IntrospectionFixture> {
  const admin = new AdminApi(server);
  const resourceServer = await admin.createClient([]);
  const otherResourceServer = await admin.createClient([]);
  const orders = await admin.createApi(['read', 'write'], {
    introspection_clients: [resourceServer.id],
  });
  const stock = await admin.createApi(['items'], {
    introspection_clients: [otherResourceServer.clientId],
  });
  const client = await admin.createClient([
    { api: orders.identifier, scopes: ['read', 'write'], default: true },
    { api: stock.identifier, scopes: ['items'] },
  ]);
  return { admin, orders, resourceServer, otherResourceServer, client };
}
