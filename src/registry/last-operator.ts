/** The last operator of an instance stays one: whoever takes that away has nobody left to give it back. */
import { RegistryError } from '../model/registry-error.ts';
import type { Client } from '../model/records.ts';
import type { RegistryChange } from '../store/change/registry-change.ts';
import { adminPermissions } from './delegation.ts';

export async function getAdminApiId(change: RegistryChange): Promise<string> {
  const id = await change.apis.findBuiltInId();
  if (id === undefined) {
    throw new Error('the built-in admin API is missing: it is made at first start');
  }
  return id;
}

/** The last way in must not be locked from inside. */
export async function requireOperatorRemains(
  change: RegistryChange,
  before: Client,
  after: Pick<Client, 'active' | 'grants'> & Partial<Pick<Client, 'memberId'>>,
  adminApiId: string,
): Promise<void> {
  const operates = (client: Pick<Client, 'active' | 'grants'>) =>
    client.active && adminPermissions(client.grants, adminApiId).includes('instance:operate');
  // A member's client ends with the member, so nothing depends on it.
  if (!operates(before) || (operates(after) && (after.memberId ?? null) === null)) return;
  await requireOtherOperator(change, before, adminApiId);
}

/** Whether nobody else can operate the instance. Until the change is over that is nobody else's to change. */
export async function isLastOperator(
  change: RegistryChange,
  clientRecordId: string,
  adminApiId: string,
): Promise<boolean> {
  await change.serialize('bootstrap');
  const others = await change.grants.countUsableHolders(adminApiId, 'instance:operate', {
    exceptId: clientRecordId,
    now: change.now,
  });
  return others === 0;
}

/** Throws `conflict` when nobody but `client` can operate the instance. */
export async function requireOtherOperator(
  change: RegistryChange,
  client: Client,
  adminApiId: string,
): Promise<void> {
  if (!client.active || !adminPermissions(client.grants, adminApiId).includes('instance:operate'))
    return;
  if (!(await isLastOperator(change, client.id, adminApiId))) return;
  throw new RegistryError(
    'conflict',
    'this is the last operator of the instance: register another one with instance:operate first',
  );
}

/**
 * Carries out what `mayStop` clients by their organization. Throws `conflict` when nobody can operate the
 * instance after it who could before.
 */
export async function keepOperators(
  change: RegistryChange,
  mayStop: boolean,
  act: () => Promise<void>,
): Promise<void> {
  if (!mayStop) return act();
  await change.serialize('bootstrap');
  const adminApiId = await getAdminApiId(change);
  const count = () =>
    change.grants.countUsableHolders(adminApiId, 'instance:operate', { now: change.now });
  const before = await count();
  await act();
  if (before === 0 || (await count()) > 0) return;
  throw new RegistryError(
    'conflict',
    'the last operator of the instance is in it: register another one with instance:operate elsewhere first',
  );
}
