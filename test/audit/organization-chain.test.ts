/**
 * The chain of each organization within the chain of all: what was taken out of its events shows to an organization
 * that sees no others. A-62.
 */
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { AuditExport } from '../../src/audit/audit-export.ts';
import { verifyExport } from '../../src/audit/audit-file-verification.ts';
import type { AuditVerification } from '../../src/audit/audit-log-verification.ts';
import { OrganizationChains } from '../../src/audit/organization-chains.ts';
import type { ChainPosition } from '../../src/audit/audit-verifier.ts';
import type { ChainedEvent, EventLink } from '../../src/model/audit-event-body.ts';
import type { Checkpoint } from '../../src/model/audit-statement.ts';
import { operatorAtTheMachine } from '../../src/registry/bootstrap.ts';
import { AttackedLog } from './attacked-log.ts';

const organizationId = 'org_even';

/** Event 1 is the key's own; then those of org_even are 2, 4, 6, 8 and 10, and of org_odd 3, 5, 7, 9 and 11. */
describe.each(['postgresql', 'embedded'] as const)('an organization (%s)', (kind) => {
  let log: AttackedLog;

  beforeAll(async () => {
    log = await AttackedLog.begin(kind);
    await log.write(10);
    await log.keepCopy();
  });
  afterEach(() => log.restore());
  afterAll(() => log.close());

  test('sees that none of its events is missing, and where they end', async () => {
    const found = await verify();
    expect(found).toMatchObject({ fault: undefined, events: 5, isDone: true, isComplete: true });
    expect(found.end).toEqual({ organization: organizationId, ...(await endOf(organizationId)) });
    expect(found.end?.sequence).toBe(10n);
  });

  test.each([4, 8])('sees that event %i was taken out', async (sequence) => {
    await log.sql('DELETE FROM audit_events WHERE sequence = $1', [sequence]);
    await expectFault('wrong_sequence', sequence);
  });

  test('sees it in whichever call it would have come', async () => {
    await log.sql('DELETE FROM audit_events WHERE sequence = 6');
    let from: ChainPosition | undefined;
    const faults: unknown[] = [];
    for (let call = 0; call < 6 && faults.length === 0; call += 1) {
      const found = await verify({ from, eventsMax: 1 });
      from = found.position;
      if (found.fault) faults.push(found.fault.sequence);
      expect(found.isDone).toBe(false);
    }
    expect(faults).toEqual([6n]);
  });

  test('gets the same checkpoint where the last call finds nothing more', async () => {
    const whole = await verify();
    expect(await verify({ from: whole.position })).toMatchObject({
      fault: undefined,
      events: 0,
      end: whole.end,
    });
    const lied = { sequence: whole.position.sequence, link: 'another' };
    expect((await verify({ from: lied })).fault).toMatchObject({ code: 'wrong_end' });
  });

  test('sees that its last events were taken away', async () => {
    await log.sql('DELETE FROM audit_events WHERE sequence >= 8');
    await expectFault('truncated', 6);
  });

  test('sees the same against a checkpoint, when all that counts them was moved back', async () => {
    const checkpoint = await heldCheckpoint();
    await log.cutBehind(6);
    expect((await verify()).fault).toBeUndefined();
    await expectFault('truncated', 6, [checkpoint]);
  });

  test('sees against a checkpoint that its last events were written anew', async () => {
    const checkpoint = await heldCheckpoint();
    await log.cutBehind(6);
    // The server goes on, in good faith: with other events, and other numbers.
    await log.write(9);
    expect((await verify()).fault).toBeUndefined();
    await expectFault('wrong_checkpoint', 10, [checkpoint]);
  });

  test('sees that its chain was made to begin anew', async () => {
    await log.sql('DELETE FROM organization_audit_ends');
    await expectFault('wrong_end', 10);
    await log.write(1);
    await expectFault('wrong_link', 12);
    const whole = await log.verify();
    expect(whole.fault).toMatchObject({ code: 'wrong_link', sequence: 12n });
  });

  test('does not see what is missing among the events of another', async () => {
    await log.sql('DELETE FROM audit_events WHERE sequence = 5');
    expect(await verify()).toMatchObject({ fault: undefined, isComplete: true });
    expect((await log.verify()).fault).toMatchObject({ code: 'wrong_sequence', sequence: 5n });
  });

  test('is not told of completeness for the events of one location', async () => {
    const found = await log.verification.verify({
      sight: { organizationId, locationId: 'location_1' },
      from: undefined,
      eventsMax: 100,
      checkpoints: [],
    });
    expect(found).toMatchObject({ fault: undefined, isComplete: false, end: undefined });
    expect(found.events).toBeGreaterThan(0);
  });

  test('has an export that shows without a server that nothing is missing', async () => {
    expect(await verifyExported({ organization: organizationId })).toMatchObject({
      fault: undefined,
      events: 5,
      isComplete: true,
    });
    await log.sql('DELETE FROM audit_events WHERE sequence = 6');
    const found = await verifyExported({ organization: organizationId });
    expect(found.fault).toMatchObject({ code: 'wrong_sequence', sequence: 6n });
  });

  test('has an export that shows a cut end', async () => {
    await log.sql('DELETE FROM audit_events WHERE sequence > 8');
    const found = await verifyExported({ organization: organizationId });
    expect(found.fault).toMatchObject({ code: 'truncated', sequence: 8n });
  });

  test('has an export with other filters that claims nothing', async () => {
    const found = await verifyExported({ organization: organizationId, target: 'client_0' });
    expect(found).toMatchObject({ fault: undefined, isComplete: false });
  });

  async function verify(
    options: {
      from?: ChainPosition | undefined;
      eventsMax?: number;
      checkpoints?: Checkpoint[];
    } = {},
  ): Promise<AuditVerification> {
    return log.verification.verify({
      sight: { organizationId, locationId: null },
      from: options.from,
      eventsMax: options.eventsMax ?? 100,
      checkpoints: options.checkpoints ?? [],
    });
  }

  async function expectFault(code: string, sequence: number, checkpoints: Checkpoint[] = []) {
    const { fault } = await verify({ checkpoints });
    expect({ code: fault?.code, sequence: fault?.sequence }).toEqual({
      code,
      sequence: BigInt(sequence),
    });
  }

  async function heldCheckpoint(): Promise<Checkpoint> {
    const { end } = await verify();
    if (end === undefined) throw new Error('the organization has no event');
    return { ...end, at: new Date() };
  }

  async function endOf(organization: string): Promise<EventLink | null> {
    return (await log.store.readChainEnd(organization)).organization;
  }

  async function verifyExported(filter: Record<string, string>) {
    const exports = new AuditExport({ store: log.store, ring: log.ring });
    const lines = await exports.open({
      reader: operatorAtTheMachine,
      filter: { sight: { organizationId, locationId: null }, target: filter['target'] },
      filterNamed: filter,
    });
    let text = '';
    for await (const line of lines) text += line;
    return verifyExport(Readable.from([Buffer.from(text)]), { checkpoints: [] });
  }
});

describe('the chain of an organization', () => {
  const chained = (sequence: bigint, organizationPrevious: EventLink | null | undefined) =>
    ({ sequence, organizationId, organizationPrevious }) as ChainedEvent;

  test('goes around what an older release has written between', () => {
    const chains = new OrganizationChains(0n);
    chains.add(chained(2n, null), 'two');
    chains.add(chained(3n, undefined), 'three');
    chains.add(chained(4n, { sequence: 2n, link: 'two' }), 'four');
    expect(chains.endOf(organizationId)).toEqual({ sequence: 4n, link: 'four' });
    expect(() => chains.add(chained(5n, { sequence: 2n, link: 'two' }), 'five')).toThrow(
      'event 5 was not written behind the one before it of its organization, event 4',
    );
  });

  test('begins behind what was removed because of its age', () => {
    const chains = new OrganizationChains(10n);
    chains.add(chained(12n, { sequence: 9n, link: 'nine' }), 'twelve');
    expect(chains.endOf(organizationId)?.sequence).toBe(12n);
    const others = new OrganizationChains(10n);
    // As after an older state was put back.
    expect(() => others.add(chained(13n, { sequence: 14n, link: '' }), '')).toThrow(
      'event 13 was not written behind the one before it of its organization',
    );
    expect(() => others.add(chained(13n, { sequence: 11n, link: 'eleven' }), '')).toThrow(
      'event 11 is missing: event 13 of the same organization was written behind it',
    );
  });
});
