/** A link that a client gives at the very moment in which the client ends does not outlive it. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { InvitationRegistry } from '../../src/directory/invitation-registry.ts';
import { MemberRegistry } from '../../src/directory/member-registry.ts';
import { OwnApiAccess } from '../../src/directory/own-api-access.ts';
import { PasswordHashing } from '../../src/directory/password-hashing.ts';
import type { Actor } from '../../src/model/principal.ts';
import { ClientRegistry } from '../../src/registry/client-registry.ts';
import { ClientSecretRegistry } from '../../src/registry/client-secret-registry.ts';
import { Inactivity } from '../../src/registry/inactivity.ts';
import { TokenRevocation } from '../../src/registry/token-revocation.ts';
import { Store } from '../../src/store/store.ts';
import type { RegistryChange, RegistryChanged } from '../../src/store/change/registry-change.ts';
import { newEmail } from '../support/member-api.ts';
import { createDatabase } from '../support/shared-servers.ts';
import { CountingInstance } from '../usage/counting-instance.ts';
import { IdleClients } from './idle-clients.ts';
import { clientRequest } from './registry-actor.ts';

let world: IdleClients;
const hashing = new PasswordHashing();

beforeAll(async () => {
  const url = await createDatabase();
  world = await IdleClients.begin(() => CountingInstance.open(url));
});
afterAll(() => world.instance.close());

/** Its changes have done all they do, and are committed only when they are let go. */
class HeldStore extends Store {
  readonly #done = Promise.withResolvers<void>();
  readonly #gate = Promise.withResolvers<void>();

  static open(): HeldStore {
    const { database, auditKeys } = world.instance;
    const store = new HeldStore(database, () => world.instance.offsetMillis);
    store.signAuditEventsWith(auditKeys);
    return store;
  }

  /** When the first of them waits to be let go. */
  get isDone(): Promise<void> {
    return this.#done.promise;
  }

  letGo(): void {
    this.#gate.resolve();
  }

  override change<T>(
    actor: Actor,
    work: (change: RegistryChange) => Promise<T>,
  ): Promise<RegistryChanged<T>> {
    return super.change(actor, async (change) => {
      const value = await work(change);
      this.#done.resolve();
      await this.#gate.promise;
      return value;
    });
  }
}

interface Giver {
  id: string;
  clientSecret: string;
  memberId: string;
}

async function registerGiver(): Promise<Giver> {
  const { record, clientSecret } = await world.clients.create(world.operator, clientRequest());
  return { id: record.id, clientSecret: clientSecret ?? '', memberId: '' };
}

async function turnOnOwnAccess(): Promise<Giver> {
  const { store } = world.instance;
  const { principal, origin } = world.operator;
  const { member } = await new MemberRegistry({ store }).create(world.operator, {
    email: newEmail(),
    name: 'Ada',
    role: 'admin',
  });
  const own = new OwnApiAccess({ store, secrets: new ClientSecretRegistry({ store }) });
  const as: Actor = { principal: { ...principal, type: 'member', id: member.id }, origin };
  const { client, clientSecret } = await own.turnOn(as);
  return { id: client.id, clientSecret: clientSecret ?? '', memberId: member.id };
}

/** Silent for 90 days, and told of it three times. */
async function leaveIdle(): Promise<Giver> {
  const id = await world.add(0);
  for (const day of [75.1, 83.1, 89.1]) await world.lookAt(day);
  world.setDay(90.1);
  return { id, clientSecret: '', memberId: '' };
}

/** Somebody waits for a lock. */
async function untilLocked(): Promise<void> {
  const isLocked = async () => {
    const [row] = await world.instance.query<{ count: string }>(
      `SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return row?.count !== '0';
  };
  while (!(await isLocked())) await new Promise((resolve) => setTimeout(resolve, 5));
}

test.each<[string, () => Promise<Giver>, (store: Store, giver: Giver) => Promise<unknown>]>([
  // First, so that no other client is due besides.
  ['it was silent for too long', leaveIdle, (store) => new Inactivity({ store }).look()],
  [
    'it is deleted',
    registerGiver,
    (store, { id }) => new ClientRegistry({ store }).delete(world.operator, id, undefined),
  ],
  [
    'it is deactivated',
    registerGiver,
    (store, { id }) =>
      new ClientRegistry({ store }).update(world.operator, id, { active: false }, undefined),
  ],
  [
    'it is cleared by an administrator',
    turnOnOwnAccess,
    (store, { memberId }) =>
      new OwnApiAccess({ store, secrets: new ClientSecretRegistry({ store }) }).clear(
        world.operator,
        memberId,
      ),
  ],
  [
    'its member is removed',
    turnOnOwnAccess,
    (store, { memberId }) =>
      new MemberRegistry({ store }).remove(world.operator, memberId, undefined),
  ],
  [
    'its secret was found',
    registerGiver,
    (store, { clientSecret }) =>
      new TokenRevocation({ store }).revokeSecret(world.operator, clientSecret),
  ],
  [
    'its tokens are revoked',
    registerGiver,
    (store, { id }) => new TokenRevocation({ store }).revokeTokensOfClient(world.operator, id),
  ],
  [
    'it is regenerated',
    registerGiver,
    (store, { id }) =>
      new ClientSecretRegistry({ store }).regenerate(world.operator, id, {
        clientId: false,
        overlapSeconds: 0,
        revokeTokens: true,
      }),
  ],
  [
    'the tokens of its organization are revoked',
    registerGiver,
    (store) =>
      new TokenRevocation({ store }).revokeTokensOfOrganization(
        world.operator,
        world.operator.principal.organizationId,
      ),
  ],
])('a link that is being given by a client ends when %s', async (_what, make, end) => {
  const giver = await make();
  const { principal, origin } = world.operator;
  const as: Actor = { principal: { ...principal, type: 'client', id: giver.id }, origin };
  const [giving, ending] = [HeldStore.open(), HeldStore.open()];
  const invited = new InvitationRegistry({ store: giving, hashing }).invite(as, {
    email: newEmail(),
    role: 'auditor',
  });
  await giving.isDone;
  const ended = end(ending, giver);
  // It has looked for links already, or waits for the one that is being given.
  await Promise.race([ending.isDone, untilLocked()]);
  giving.letGo();
  const { token } = await invited;
  ending.letGo();
  await ended;
  const registry = new InvitationRegistry({ store: world.instance.store, hashing });
  await expect(registry.getOpen(token ?? '')).rejects.toMatchObject({ code: 'not_found' });
});
