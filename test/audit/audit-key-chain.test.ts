/** Which audit keys are believed: each that the key before it has vouched for, and no other. */
import { expect, test } from '@jest/globals';
import { AuditKeyChain } from '../../src/audit/audit-key-chain.ts';
import { formatKeyStatement } from '../../src/model/audit-statement.ts';
import { newAuditKey, type OwnAuditKey } from './exported-log.ts';

const createdAt = new Date('2026-11-25T09:00:00.000Z');
const [first, second, stranger] = [newAuditKey(), newAuditKey(), newAuditKey()];

function claimOf(key: OwnAuditKey, firstSequence: bigint, before: OwnAuditKey | null) {
  const { publicJwk, kid } = key;
  const predecessorKid = before?.kid ?? null;
  const payload = formatKeyStatement({ publicJwk, firstSequence, predecessorKid, createdAt });
  const statement = key.sign('latchkey-audit-key', payload);
  const endorseBy = (by: OwnAuditKey) => by.sign('latchkey-audit-key', payload);
  return { kid, statement, endorsement: before && endorseBy(before), endorseBy };
}

const [ofFirst, ofSecond] = [claimOf(first, 1n, null), claimOf(second, 10n, first)];

test('a key that the one before it vouches for signs from its first event on', async () => {
  const chain = await AuditKeyChain.verify([ofFirst, ofSecond]);
  expect([chain.at(9n)?.kid, chain.at(10n)?.kid]).toEqual([first.kid, second.kid]);
});

test.each([
  ['by nobody', null],
  ['by itself', ofSecond.endorseBy(second)],
  ['by a stranger', ofSecond.endorseBy(stranger)],
  ['for another', claimOf(stranger, 10n, first).endorsement],
])('a key that is vouched for %s is not believed', async (_by, endorsement) => {
  await expect(AuditKeyChain.verify([ofFirst, { ...ofSecond, endorsement }])).rejects.toThrow(
    'is not vouched for by the key before it',
  );
});
