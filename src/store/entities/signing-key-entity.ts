/** Table columns of signing keys. */
import { EntitySchema } from 'typeorm';
import type { SigningKeyState } from '../../model/signing-key.ts';
import type { SigningAlgorithm } from '../../model/signing-algorithm.ts';
import { text, optionalText, moment, optionalMoment, key, named } from './column-types.ts';

export interface SigningKeyRow {
  kid: string;
  algorithm: SigningAlgorithm;
  state: SigningKeyState;
  publicJwk: object;
  privateJwe: string | null;
  createdAt: Date;
  signsAt: Date;
  retiredAt: Date | null;
  goneAt: Date | null;
  revokedAt: Date | null;
}

export const signingKeyEntity = new EntitySchema<SigningKeyRow>({
  name: 'signing_key',
  tableName: 'signing_keys',
  columns: {
    kid: key(text),
    algorithm: text,
    state: text,
    publicJwk: named('public_jwk', { type: 'jsonb' }),
    privateJwe: named('private_jwe', optionalText),
    createdAt: named('created_at', moment),
    signsAt: named('signs_at', moment),
    retiredAt: named('retired_at', optionalMoment),
    goneAt: named('gone_at', optionalMoment),
    revokedAt: named('revoked_at', optionalMoment),
  },
});
