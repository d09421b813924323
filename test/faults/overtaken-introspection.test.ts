/** Introspection under way says nothing that an acknowledged change has made untrue, however slow its database: S1, P-249, F-30. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { AdminApi, RegisteredClient } from '../support/admin-api.ts';
import { introspect, issueToken } from '../oauth/token-questions.ts';
import { Instances, type Instance } from '../support/instances.ts';
import type { RawAnswer } from '../support/raw-http.ts';

/** Far longer than an acknowledgement takes while the feed flows. */
const slowMillis = 1_000;

let instances: Instances;
let admin: AdminApi;
let slow: Instance;
let api: { id: string; identifier: string };
let asking: RegisteredClient;
let owner: RegisteredClient;
let token: string;

beforeAll(async () => {
  instances = await Instances.start({ count: 2, proxied: true });
  const [well, impaired] = instances.all;
  if (well === undefined || impaired === undefined) throw new Error('there are not two instances');
  admin = instances.admin(well);
  slow = impaired;
});
afterAll(() => instances.stop());

beforeEach(async () => {
  asking = await admin.createClient([]);
  api = await admin.createApi(['a'], { introspection_clients: [asking.id] });
  owner = await admin.createClient([{ api: api.identifier, scopes: ['a'] }]);
  token = await issueToken(slow.address, owner);
});
afterEach(() => slow.proxy?.heal());

async function change(path: string, method: string, body?: object): Promise<void> {
  const { status } = await admin.request(path, { method, ...(body ? { body } : {}) });
  expect([path, status < 300]).toEqual([path, true]);
}

async function findSecretId(): Promise<string> {
  const { body } = await admin.request(`/clients/${asking.id}/secrets`);
  const [secret] = body['data'] as { id: string }[];
  return secret?.id ?? '';
}

test.each<[string, number, () => Promise<void>]>([
  ['is deactivated', 401, () => change(`/clients/${asking.id}`, 'PATCH', { active: false })],
  [
    'loses its secret',
    401,
    async () => change(`/clients/${asking.id}/secrets/${await findSecretId()}`, 'DELETE'),
  ],
  [
    'is taken off the list',
    200,
    () => change(`/apis/${api.id}`, 'PATCH', { introspection_clients: [] }),
  ],
])('whoever asks and %s meanwhile is not told', async (_what, status, take) => {
  const { status: answered, body } = await introspectWhile(take);
  expect(answered).toBe(status);
  if (status === 200) expect(JSON.parse(body)).toEqual({ active: false });
});

test.each<[string, () => Promise<void>]>([
  ['that is revoked', () => change('/revocations', 'POST', { token })],
  ['whose client is deactivated', () => change(`/clients/${owner.id}`, 'PATCH', { active: false })],
  ['whose client is deleted', () => change(`/clients/${owner.id}`, 'DELETE')],
])('a token %s meanwhile is not called active', async (_what, take) => {
  const { status, body } = await introspectWhile(take);
  expect([status, JSON.parse(body)]).toEqual([200, { active: false }]);
});

/** What `asking` is told of the token, when `take` is acknowledged while the API is being read. */
async function introspectWhile(take: () => Promise<void>): Promise<RawAnswer> {
  // The token's client has nothing to do with the API any more, so what happens to that says nothing of it.
  await change(`/clients/${owner.id}`, 'PATCH', { grants: [] });
  // It is remembered who asks, and whose token it is; the API is not.
  await introspect(slow.address, asking, 'garbage');
  await introspect(slow.address, owner, token);
  slow.proxy?.fail({ answerDelay: { millis: slowMillis, spares: 'poll-feed' } });
  let isAnswered = false;
  const answer = introspect(slow.address, asking, token).finally(() => {
    isAnswered = true;
  });
  await take();
  // Else this shows nothing.
  expect(isAnswered).toBe(false);
  slow.proxy?.heal();
  return answer;
}
