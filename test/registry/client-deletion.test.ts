/** How a deleted client comes back depends on who, or what, deleted it. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { composeRegistry, type Registry } from '../../src/compose/compose-registry.ts';
import type { Actor } from '../../src/model/principal.ts';
import type { DeletionReason } from '../../src/model/records.ts';
import { deleteClient } from '../../src/registry/client-deletion.ts';
import { ClientRegistry, requireVisibleClient } from '../../src/registry/client-registry.ts';
import { inProcessSettings, silentLog } from '../support/in-process-settings.ts';
import { clientRequest, findOperator } from './registry-actor.ts';

let registry: Registry;
let clients: ClientRegistry;
let operator: Actor;

beforeAll(async () => {
  registry = await composeRegistry(await inProcessSettings(), silentLog);
  clients = new ClientRegistry({ store: registry.store });
  operator = await findOperator(registry.store);
});
afterAll(() => registry.database.close());

test.each<{ because: DeletionReason | null; was: boolean; active: boolean }>([
  { because: 'person', was: true, active: false },
  { because: 'person', was: false, active: false },
  { because: 'inactivity', was: true, active: true },
  { because: 'inactivity', was: false, active: false },
  // Deleted before there was a reason to write down.
  { because: null, was: true, active: false },
])(
  'deleted because of $because, active before: $was, it is restored active: $active',
  async ({ because, was, active }) => {
    const { record } = await clients.create(operator, clientRequest({ active: was }));
    // Nobody is deleted for not being used who was not told three times before.
    await registry.database.pool.query(
      `UPDATE clients SET inactivity_noticed_at = ARRAY[now() - interval '15 days',
         now() - interval '7 days', now() - interval '1 day'] WHERE id = $1`,
      [record.id],
    );
    await registry.store.change(operator, async (change) => {
      const locked = await change.clients.lock(record.id);
      const client = requireVisibleClient(operator.principal, locked);
      await deleteClient(change, client, because ?? 'person');
    });
    if (because === null) {
      await registry.database.pool.query(
        'UPDATE clients SET deleted_because = NULL, active_when_deleted = NULL WHERE id = $1',
        [record.id],
      );
    }
    expect(await clients.restore(operator, record.id)).toMatchObject({
      active,
      deletedAt: null,
      deletedBecause: null,
    });
    expect(await clients.get(operator.principal, record.id)).toMatchObject({ active });
  },
);
