/** Whatever happened, its export verifies; and with any single byte of it changed it does not. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Readable } from 'node:stream';
import { verifyExport } from '../../src/audit/audit-file-verification.ts';
import type { AuditEvent } from '../../src/model/audit-event.ts';
import { exportOf, newAuditKey, toFile, verifyBytes, verifyLines } from './exported-log.ts';

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

/** What fails is told at once: to make it small would take longer than a test may. */
const toldAtOnce = { endOnFailure: true };

test('whatever happened, its export verifies', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyEvent, { minLength: 1, maxLength: 8 }), async (events) => {
      expect(await verifyLines(exportOf(events, key), { kid: key.kid })).toMatchObject({
        fault: undefined,
        events: events.length,
      });
    }),
    { numRuns: 60, ...toldAtOnce },
  );
});

/** What verifies although byte `at` of it is another one. */
async function passesChanged(file: Buffer, at: number, difference: number): Promise<string[]> {
  const changed = Buffer.from(file);
  changed[at] = (changed[at] ?? 0) ^ difference;
  const { fault } = await verifyBytes(changed, { kid: key.kid });
  return fault ? [] : [`byte ${at}: ${changed.subarray(Math.max(at - 30, 0), at + 1).toString()}`];
}

test('with any single byte changed it does not verify', async () => {
  const change = fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 }));
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyEvent, { minLength: 1, maxLength: 3 }),
      fc.option(fc.record({ target: text, actor: text }), { nil: null }),
      fc.array(change, { minLength: 20, maxLength: 20 }),
      async (events, filter, changes) => {
        const file = toFile(exportOf(events, key, filter));
        for (const [place, difference] of changes) {
          expect(await passesChanged(file, place % file.length, difference)).toEqual([]);
        }
      },
    ),
    { numRuns: 40, ...toldAtOnce },
  );
});

test('every byte of it counts: each with one bit changed, and each digit and letter as another', async () => {
  const [event] = fc.sample(anyEvent, 1);
  const events = event
    ? [{ ...event, details: {}, actorName: '\u0000\u001f\u2028\ufffd\ud800' }]
    : [];
  const file = toFile(exportOf(events, key, { target: '\u001f\ufffd\ud800' }));
  expect((await verifyBytes(file, { kid: key.kid })).fault).toBeUndefined();
  const passed: string[] = [];
  for (const at of file.keys()) {
    passed.push(...(await passesChanged(file, at, 1)), ...(await passesChanged(file, at, 0x20)));
  }
  expect(passed).toEqual([]);
});

test.each([
  ['the moment of the export', '"exported_at":"2026-11-25', '"exported_at":"2026-11-24'],
  ['an escape in capitals', String.raw`\u001f`, String.raw`\u001F`],
  ['a character written as an escape', '"header"', String.raw`"h\u0065ader"`],
  ['another end of a line', '}\n', '}\r\n'],
  ['a line feed as a carriage return', '}\n', '}\r'],
  ['a byte order mark', '{"type":"header"', '\ufeff{"type":"header"'],
  ['bytes that are no UTF-8', '\ufffd', Buffer.from([0xf0, 0xbf, 0xbd])],
])('it does not verify with %s', async (_name, written, other) => {
  const [event] = fc.sample(anyEvent, 1);
  const file = toFile(exportOf(event ? [event] : [], key, { target: '\u001f\ufffd' }));
  const at = file.indexOf(written);
  expect(at).toBeGreaterThanOrEqual(0);
  const changed = Buffer.concat([
    file.subarray(0, at),
    Buffer.from(other),
    file.subarray(at + Buffer.byteLength(written)),
  ]);
  expect((await verifyBytes(changed, { kid: key.kid })).fault).toBeDefined();
});

test('in whatever pieces it comes, and whatever ends lines elsewhere, it verifies', async () => {
  const [event] = fc.sample(anyEvent, 1);
  const actorName = 'a\u2028b\u2029c\u0085d\u000be';
  const file = toFile(exportOf(event ? [{ ...event, actorName }] : [], key));
  for (const size of [1, 2, 3, 1_000, file.length]) {
    const pieces = Array.from({ length: Math.ceil(file.length / size) }, (_, index) =>
      file.subarray(index * size, (index + 1) * size),
    );
    const found = await verifyExport(Readable.from(pieces), { checkpoints: [], kid: key.kid });
    expect(found).toMatchObject({ fault: undefined, events: 1 });
  }
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
    { numRuns: 15, ...toldAtOnce },
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
