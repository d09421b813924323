/** The link of the first start: whoever opens it becomes an owner, once, and says who they are. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { firstOwnerLinkSeconds, inviteFirstOwner } from '../../src/directory/first-owner.ts';
import { InvitationRegistry } from '../../src/directory/invitation-registry.ts';
import { PasswordHashing } from '../../src/directory/password-hashing.ts';
import { Bootstrap, operatorAtTheMachine } from '../../src/registry/bootstrap.ts';
import type { Database } from '../../src/store/database/database.ts';
import type { Store } from '../../src/store/store.ts';
import { newEmail, newPassword } from '../support/member-api.ts';
import { beginAuditLog } from '../support/own-audit-log.ts';
import { openOwnDatabase } from '../support/own-database.ts';

let offsetMillis = 0;
let database: Database;
let store: Store;
let invitations: InvitationRegistry;
beforeAll(async () => {
  database = await openOwnDatabase();
  ({ store } = await beginAuditLog(database, undefined, () => offsetMillis));
  await new Bootstrap({ store, issuer: 'http://localhost:3000' }).ensureFoundation();
  invitations = new InvitationRegistry({ store, hashing: new PasswordHashing() });
});
afterAll(() => database.close());

const visitor = { origin: { requestId: 'r', address: '127.0.0.1' }, network: '127.0.0.1' };
const accept = (token: string | null, fields: { email?: string; name?: string } = {}) =>
  invitations.accept(visitor, {
    token: token ?? '',
    name: 'Ada',
    password: newPassword(),
    ...fields,
  });
const invite = () => inviteFirstOwner(store, operatorAtTheMachine);
const countEvents = async () => {
  const { rows } = await database.pool.query<{ action: string }>(
    'SELECT action FROM audit_events ORDER BY sequence',
  );
  return rows.map(({ action }) => action);
};

test('makes one owner of the first organization, of all who open it at the same time', async () => {
  const { token } = await invite();
  const before = await countEvents();
  const outcomes = await Promise.allSettled(
    Array.from({ length: 4 }, () => accept(token, { email: newEmail() })),
  );
  const [owner, ...others] = outcomes.flatMap((outcome) =>
    outcome.status === 'fulfilled' ? [outcome.value] : [],
  );
  expect(owner).toMatchObject({ role: 'owner', locationId: null, hasPassword: true });
  expect(others).toEqual([]);
  // S9
  expect((await countEvents()).slice(before.length)).toEqual(['invitation.accepted']);
});

test('asks whose it is; a link for somebody is for nobody else', async () => {
  const { token } = await invite();
  await expect(accept(token)).rejects.toMatchObject({
    code: 'invalid',
    faults: [{ pointer: '/email' }],
  });
  await expect(accept(token, { email: 'not an address' })).rejects.toMatchObject({
    faults: [{ pointer: '/email' }],
  });
  const owner = await accept(token, { email: `  ${newEmail()}`.trim().toUpperCase() });
  expect(owner.email).toBe(owner.email.toLowerCase());

  const { principal, origin } = operatorAtTheMachine;
  const organizationId = owner.organizationId;
  const { token: named } = await invitations.invite(
    { principal: { ...principal, organizationId }, origin },
    { email: newEmail(), role: 'auditor' },
  );
  await expect(accept(named, { email: newEmail() })).rejects.toMatchObject({
    code: 'invalid',
    faults: [{ pointer: '/email' }],
  });
  // Refused, it is not used up.
  await expect(accept(named)).resolves.toMatchObject({ role: 'auditor' });
});

test('an address that a member has already is refused, and the link is not used up', async () => {
  const email = newEmail();
  await accept((await invite()).token, { email });
  const { token } = await invite();
  await expect(accept(token, { email })).rejects.toMatchObject({ code: 'conflict' });
  await expect(accept(token, { email: newEmail() })).resolves.toMatchObject({ role: 'owner' });
});

test('a newer link ends the one before, and each ends after a day', async () => {
  const first = await invite();
  const second = await invite();
  const refusal = { code: 'not_found' };
  await expect(accept(first.token, { email: newEmail() })).rejects.toMatchObject(refusal);
  offsetMillis += (firstOwnerLinkSeconds + 1) * 1000;
  await expect(accept(second.token, { email: newEmail() })).rejects.toMatchObject(refusal);
});
