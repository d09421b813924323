/** `?wait=` of the admin API: known to every change and to no reading, and either true or false. */
import { expect, test } from '@jest/globals';
import { querySchema } from '../../src/admin/route.ts';
import { AdminApi } from '../support/admin-api.ts';
import { describeOnBothDatabases } from '../support/shared-servers.ts';
import { declaredRoutes } from './declared-routes.ts';

test('every change can be told not to wait, and no reading', () => {
  const untold = declaredRoutes.filter(
    (route) => (route.method === 'get') === 'wait' in querySchema(route).shape,
  );
  expect(untold.map(({ operationId }) => operationId)).toEqual([]);
});

describeOnBothDatabases('wait', (server) => {
  const admin = new AdminApi(server);

  test.each(['', 'no', 'FALSE', '0', 'false&wait=true'])('is not %j', async (value) => {
    const { id } = await admin.createClient([]);
    const { status, body } = await admin.request(`/clients/${id}?wait=${value}`, {
      method: 'PATCH',
      body: { active: false },
    });
    expect([status, body['errors']]).toEqual([
      400,
      [{ pointer: 'wait', detail: expect.any(String) }],
    ]);
    expect((await admin.request(`/clients/${id}`)).body['active']).toBe(true);
  });

  test('is refused where nothing is changed', async () => {
    expect((await admin.request('/clients?wait=false')).status).toBe(400);
  });
});
