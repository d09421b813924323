/** Which audit keys are believed: each that the key before it has vouched for, and no other. */
import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { AuditKeyChain } from '../../src/audit/audit-key-chain.ts';
import { signCompact } from '../../src/audit/audit-signature.ts';
import type { AuditPublicJwk } from '../../src/model/audit-key.ts';
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

const claims = ({ kid, statement, endorsement }: ReturnType<typeof claimOf>) => ({
  kid,
  statement,
  endorsement,
});

test('a key that names another before it than the one that vouches for it is not believed', async () => {
  const naming = (named: OwnAuditKey | null) => {
    const claim = claimOf(second, 10n, named);
    return { ...claims(claim), endorsement: claim.endorseBy(first) };
  };
  await expect(AuditKeyChain.verify([ofFirst, naming(stranger)])).rejects.toThrow(
    `names ${stranger.kid} as the key before it, which is not there`,
  );
  await expect(AuditKeyChain.verify([ofFirst, naming(null)])).rejects.toThrow(
    'says that it is the first, and is not',
  );
});

test('a key whose predecessor was left out is not believed, nor is no key at all', async () => {
  await expect(AuditKeyChain.verify([ofSecond])).rejects.toThrow(
    `names ${first.kid} as the key before it, which is not there`,
  );
  await expect(AuditKeyChain.verify([])).rejects.toThrow('there is no audit key');
});

test.each([1n, 0n])(
  'a key that signed from event %s on, as the one before it or sooner, is not believed',
  async (from) => {
    await expect(AuditKeyChain.verify([ofFirst, claimOf(second, from, first)])).rejects.toThrow(
      'says that it signed before the key before it',
    );
  },
);

test('a key that has not signed what is said of it is not believed, the first among them', async () => {
  const forged = { ...claims(ofFirst), statement: ofFirst.endorseBy(stranger) };
  await expect(AuditKeyChain.verify([forged])).rejects.toThrow('has not signed what is said of it');
});

test('a key under the name of another is not believed', async () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const { x } = privateKey.export({ format: 'jwk' });
  const publicJwk: AuditPublicJwk = { kty: 'OKP', crv: 'Ed25519', x: String(x) };
  const payload = formatKeyStatement({
    publicJwk,
    firstSequence: 1n,
    predecessorKid: null,
    createdAt,
  });
  const statement = signCompact(privateKey, first.kid, 'latchkey-audit-key', payload);
  const named = { kid: first.kid, statement, endorsement: null };
  await expect(AuditKeyChain.verify([named])).rejects.toThrow('is not the key that it says it is');
});
