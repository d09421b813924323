/** Old secrets that go when they are quiet, with a clock that is moved, on either database. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { composeRegistry, type Registry } from '../../src/compose/compose-registry.ts';
import type { Actor } from '../../src/model/principal.ts';
import type { ClientSecret } from '../../src/model/records.ts';
import { operatorAtTheMachine } from '../../src/registry/bootstrap.ts';
import { ClientRegistry } from '../../src/registry/client-registry.ts';
import { ClientSecretRegistry } from '../../src/registry/client-secret-registry.ts';
import { createRecordId } from '../../src/registry/credential.ts';
import { SecretRetirement } from '../../src/registry/secret-retirement.ts';
import { storedLateSecondsMax } from '../../src/store/records/secret-retirement-store.ts';
import { copyPreparedDatabase } from '../support/prepared-databases.ts';
import { inProcessSettings, silentLog } from '../support/in-process-settings.ts';
import { clientRequest, findOperator } from './registry-actor.ts';

const hour = 3600;
const day = 24 * hour;
const late = storedLateSecondsMax;

describe.each([
  ['PostgreSQL', true],
  ['embedded database', false],
])('secrets that go when they are quiet (%s)', (_name, onPostgres) => {
  let registry: Registry;
  let clients: ClientRegistry;
  let secrets: ClientSecretRegistry;
  let retirement: SecretRetirement;
  let operator: Actor;
  let dataDir: string;
  /** From the real one, in seconds; only ever forward, as a clock goes. */
  let clock = 0;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'latchkey-retirement-'));
    if (!onPostgres) copyPreparedDatabase(dataDir);
    const settings = await inProcessSettings();
    registry = await composeRegistry(
      onPostgres ? settings : { ...settings, databaseUrl: null, dataDir },
      silentLog,
      { clockOffsetMillis: () => clock * 1000 },
    );
    const { store } = registry;
    clients = new ClientRegistry({ store });
    secrets = new ClientSecretRegistry({ store });
    retirement = new SecretRetirement({ store, actor: operatorAtTheMachine });
    operator = await findOperator(store);
  });
  afterAll(async () => {
    await registry.database.close();
    await rm(dataDir, { recursive: true, force: true });
  });
  // What a test before has left is not due again.
  beforeEach(() => void (clock += 1000 * day));

  interface Rotation {
    client: string;
    old: string;
    replacement: string;
  }

  /** A client whose first secret goes when it is quiet for a day, and is due in ten. */
  async function rotate(seconds = day, dueInSeconds = 10 * day): Promise<Rotation> {
    const { record } = await clients.create(operator, clientRequest());
    const [old] = await listSecrets(record.id);
    const replacement = await replace(record.id, {
      retireOthersWhenQuiet: { seconds, dueInSeconds },
    });
    return { client: record.id, old: old?.id ?? '', replacement };
  }

  /** Another secret of the client; its record id. */
  async function replace(
    client: string,
    request: Partial<Parameters<ClientSecretRegistry['create']>[2]>,
  ): Promise<string> {
    const { record } = await secrets.create(operator, client, {
      expiresInSeconds: undefined,
      retireOthersInSeconds: undefined,
      retireOthersWhenQuiet: undefined,
      ...request,
    });
    return record.id;
  }

  async function listSecrets(client: string): Promise<ClientSecret[]> {
    const page = { limit: 50, cursor: null, sort: 'created_at' };
    return (await secrets.list(operator.principal, client, page)).secrets.data;
  }

  const retiresAt = async ({ client, old }: Rotation) =>
    (await listSecrets(client)).find(({ id }) => id === old)?.retiresAt;
  const isRetired = async (rotation: Rotation) => (await retiresAt(rotation)) !== null;

  /** As a flush stores it: the secret's use, and with it the client's. */
  async function use(secretId: string, client: string): Promise<void> {
    const usedAt = Date.now() / 1000 + clock;
    await registry.store.count(crypto.randomUUID(), ({ uses }) =>
      uses.add({
        clients: [{ id: client, usedAt }],
        secrets: [{ id: secretId, usedAt, address: '203.0.113.7' }],
        addresses: [],
        tokens: [],
      }),
    );
  }

  async function listEvents(target: string): Promise<string[]> {
    const page = { limit: 50, cursor: null, sort: 'sequence' };
    const { data } = await registry.store.read(({ auditEvents }) =>
      auditEvents.list({ sight: { organizationId: null, locationId: null }, target }, page),
    );
    return data.map(({ action }) => action);
  }

  async function pass(seconds: number): Promise<void> {
    clock += seconds;
    await retirement.look();
  }

  test('a secret that nobody uses goes after its time and the minutes that uses are late, not before', async () => {
    const rotation = await rotate();
    await pass(day + late - 60);
    expect(await isRetired(rotation)).toBe(false);
    await pass(120);
    expect(await isRetired(rotation)).toBe(true);
    await pass(day);
    expect(await listEvents(rotation.old)).toEqual(['client_secret.retired']);
    expect(await listEvents(rotation.replacement)).toEqual(['client_secret.created']);
  });

  test('each use begins its silence anew; uses of the other secret do not', async () => {
    const rotation = await rotate();
    await pass(0.9 * day);
    await use(rotation.old, rotation.client);
    await pass(0.9 * day);
    await use(rotation.replacement, rotation.client);
    expect(await isRetired(rotation)).toBe(false);
    await pass(0.2 * day);
    expect(await isRetired(rotation)).toBe(true);
  });

  test('one that is still used when it is due stays, its owner is told once, and it goes when it is quiet', async () => {
    const rotation = await rotate(day, 2 * day);
    for (let halves = 0; halves < 8; halves += 1) {
      await pass(day / 2);
      await use(rotation.old, rotation.client);
    }
    await retirement.look();
    expect(await isRetired(rotation)).toBe(false);
    const { principal } = operator;
    const { data } = await registry.store.read(({ notices }) =>
      notices.list(
        { organizationId: principal.organizationId, locationId: null },
        { limit: 200, cursor: null, sort: '-last_occurred_at' },
      ),
    );
    const told = data.filter(
      ({ kind, parameters }) =>
        kind === 'secret_still_used' &&
        'secret' in parameters &&
        parameters.secret === rotation.old,
    );
    expect(told).toMatchObject([
      {
        count: 1,
        parameters: { client: rotation.client, last_used_address: '203.0.113.7' },
      },
    ]);
    await pass(day + late + 60);
    expect(await isRetired(rotation)).toBe(true);
    expect(await listEvents(rotation.old)).toEqual([
      'client_secret.retirement_overdue',
      'client_secret.retired',
    ]);
  });

  test('keep cancels it', async () => {
    const rotation = await rotate();
    const { secret } = await secrets.keep(operator, rotation.client, rotation.old);
    expect(secret).toMatchObject({ quietSeconds: null, retirementDueAt: null, retiresAt: null });
    await pass(100 * day);
    expect(await isRetired(rotation)).toBe(false);
  });

  // ADR 11: of a use that was lost the client's own is stored, for that is written before the answer.
  test('a use of the client that no secret accounts for counts as a use of the old one', async () => {
    const rotation = await rotate();
    await pass(0.9 * day);
    await registry.store.storeUses([{ id: rotation.client, usedAt: Date.now() / 1000 + clock }]);
    await pass(0.9 * day);
    expect(await isRetired(rotation)).toBe(false);
    await pass(0.2 * day);
    expect(await isRetired(rotation)).toBe(true);
  });

  test('after an instance ended without storing what it had counted, every silence begins anew', async () => {
    const { store } = registry;
    const lost = createRecordId('instance');
    const stopped = createRecordId('instance');
    const rotation = await rotate();
    clock += 0.9 * day;
    await store.noteCounting(lost);
    await store.noteCounting(stopped);
    await store.endCounting(stopped);
    await pass(0.9 * day);
    expect(await isRetired(rotation)).toBe(false);
    await pass(0.2 * day);
    expect(await isRetired(rotation)).toBe(true);
  });

  test('one that stored everything before it ended is not missed', async () => {
    const { store } = registry;
    const stopped = createRecordId('instance');
    const rotation = await rotate();
    clock += 0.9 * day;
    await store.noteCounting(stopped);
    await store.endCounting(stopped);
    await pass(0.2 * day);
    expect(await isRetired(rotation)).toBe(true);
  });

  test('never takes the last secret that works', async () => {
    const rotation = await rotate();
    await secrets.revoke(operator, rotation.client, rotation.replacement, true);
    await pass(10 * day);
    expect(await isRetired(rotation)).toBe(false);
  });

  test('never for another that is to go itself once it is quiet', async () => {
    const rotation = await rotate();
    const last = await replace(rotation.client, {
      retireOthersWhenQuiet: { seconds: day, dueInSeconds: 10 * day },
    });
    await secrets.revoke(operator, rotation.client, last, true);
    await pass(10 * day);
    const ends = (await listSecrets(rotation.client))
      .filter(({ id }) => id !== last)
      .map((secret) => secret.retiresAt);
    expect(ends).toEqual([null, null]);
  });

  test('never for another that is to end by itself', async () => {
    const rotation = await rotate();
    const last = await replace(rotation.client, { retireOthersInSeconds: 30 * day });
    const end = await retiresAt(rotation);
    await secrets.revoke(operator, rotation.client, last, true);
    await pass(10 * day);
    expect(await retiresAt(rotation)).toEqual(end);
  });

  test('never for another that has expired', async () => {
    const { record } = await clients.create(operator, clientRequest());
    const [old] = await listSecrets(record.id);
    const replacement = await replace(record.id, {
      expiresInSeconds: day,
      retireOthersWhenQuiet: { seconds: 2 * day, dueInSeconds: 10 * day },
    });
    await pass(10 * day);
    expect(await isRetired({ client: record.id, old: old?.id ?? '', replacement })).toBe(false);
  });

  test('while its client is inactive its silence says nothing', async () => {
    const rotation = await rotate();
    const setActive = (active: boolean) =>
      clients.update(operator, rotation.client, { active }, undefined);
    await setActive(false);
    await pass(10 * day);
    await setActive(true);
    await pass(0.9 * day);
    expect(await isRetired(rotation)).toBe(false);
    await pass(0.2 * day);
    expect(await isRetired(rotation)).toBe(true);
  });

  test('of three that look at the same moment one retires it', async () => {
    const rotation = await rotate();
    clock += day + late + 60;
    const { store } = registry;
    const instances = [1, 2, 3].map(
      () => new SecretRetirement({ store, actor: operatorAtTheMachine }),
    );
    await Promise.all(instances.map((instance) => instance.look()));
    expect(await isRetired(rotation)).toBe(true);
    expect(await listEvents(rotation.old)).toEqual(['client_secret.retired']);
  });
});
