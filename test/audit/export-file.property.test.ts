/** Whatever happened, its export verifies; and with any single byte of it changed it does not. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { AuditEvent } from '../../src/model/audit-event.ts';
import { exportOf, newAuditKey, verifyLines } from './exported-log.ts';

const text = fc.string({ unit: 'binary', maxLength: 20 });

const anyEvent: fc.Arbitrary<AuditEvent> = fc.record<AuditEvent>({
  sequence: fc.constant(0n),
  id: text,
  occurredAt: fc.date({
    min: new Date('2000-01-01T00:00:00Z'),
    max: new Date('2100-01-01T00:00:00Z'),
    noInvalidDate: true,
  }),
  action: fc.constantFrom('client.created' as const, 'api.deleted' as const),
  actorType: text,
  actorId: text,
  actorName: text,
  credential: fc.option(
    fc.record({
      type: text,
      id: fc.option(text, { nil: null }),
      token: fc.option(text, { nil: null }),
    }),
    { nil: null },
  ),
  requestId: text,
  address: fc.option(text, { nil: null }),
  userAgent: fc.option(text, { nil: null }),
  targetType: fc.constantFrom('client' as const, 'api' as const),
  targetId: text,
  organizationId: fc.option(text, { nil: null }),
  locationId: fc.option(text, { nil: null }),
  details: fc.dictionary(text, fc.jsonValue(), { maxKeys: 3 }),
});

const key = newAuditKey();

test('whatever happened, its export verifies', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyEvent, { minLength: 1, maxLength: 8 }), async (events) => {
      expect(await verifyLines(exportOf(events, key), { kid: key.kid })).toMatchObject({
        fault: undefined,
        events: events.length,
      });
    }),
    { numRuns: 60 },
  );
});

test('with any single byte changed it does not verify', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyEvent, { minLength: 1, maxLength: 3 }),
      fc.nat(),
      fc.integer({ min: 1, max: 127 }),
      async (events, place, difference) => {
        const bytes = Buffer.from(exportOf(events, key).join('\n'));
        const at = place % bytes.length;
        bytes[at] = (bytes[at] ?? 0) ^ difference;
        const { fault } = await verifyLines(bytes.toString('utf8').split('\n'), { kid: key.kid });
        expect(fault).toBeDefined();
      },
    ),
    { numRuns: 400 },
  );
});

test('with any line left out, repeated, or exchanged with the next it does not verify', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyEvent, { minLength: 2, maxLength: 4 }), async (events) => {
      const lines = exportOf(events, key);
      for (const [at, line] of lines.entries()) {
        const next = lines[at + 1];
        const changed = [
          lines.toSpliced(at, 1),
          lines.toSpliced(at, 0, line),
          ...(next === undefined ? [] : [lines.toSpliced(at, 2, next, line)]),
          lines.slice(0, at),
        ];
        for (const one of changed) expect((await verifyLines(one)).fault).toBeDefined();
      }
    }),
    { numRuns: 15 },
  );
});

test('the export of somebody else does not verify against a key, or a checkpoint, of ours', async () => {
  const [event] = fc.sample(anyEvent, 1);
  const events = event ? [event, event, event] : [];
  const forged = exportOf(events, newAuditKey());
  expect((await verifyLines(forged)).fault).toBeUndefined();
  expect((await verifyLines(forged, { kid: key.kid })).fault?.code).toBe('wrong_key');
  const ours = await verifyLines(exportOf(events, key));
  const checkpoints = [String(ours.checkpoint)];
  expect((await verifyLines(forged, { checkpoints })).fault?.code).toBe('wrong_checkpoint');
  const cut = exportOf(events.slice(0, 2), key);
  expect((await verifyLines(cut)).fault).toBeUndefined();
  expect((await verifyLines(cut, { checkpoints })).fault?.code).toBe('truncated');
  const longer = exportOf([...events, ...events], key);
  expect((await verifyLines(longer, { checkpoints })).fault).toBeUndefined();
});
