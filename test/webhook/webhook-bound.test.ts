/** An organization has at most 100 webhooks, however many are subscribed at once. */
import { expect, test } from '@jest/globals';
import { AdminApi } from '../support/admin-api.ts';
import { sharedServers } from '../support/shared-servers.ts';

// Embedded, changes are made one after the other anyhow.
test('the webhooks of an organization are 100 at most, also of many that come together', async () => {
  const operator = new AdminApi(sharedServers().postgresql);
  const organization = await operator.createOrganization();
  const url = 'https://hooks.example.com/in';
  const events = [{ entity: 'client', operation: 'restored' }];
  const subscribe = async () => {
    const request = { method: 'POST', body: { url, events, organization } };
    return (await operator.request('/webhooks', request)).status;
  };
  const statuses: number[] = [];
  // 24 is no part of 100: the last one that fits is in the middle of a round.
  for (let round = 0; round < 5; round += 1) {
    statuses.push(...(await Promise.all(Array.from({ length: 24 }, subscribe))));
  }
  const count = (status: number) => statuses.filter((each) => each === status).length;
  expect({ created: count(201), refused: count(409) }).toEqual({ created: 100, refused: 20 });
  const listed = await operator.readAll(`/webhooks?organization=${organization}`);
  expect(listed).toHaveLength(100);
});
