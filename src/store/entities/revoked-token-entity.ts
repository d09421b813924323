/** Table columns of access tokens that were revoked singly. */
import { EntitySchema } from 'typeorm';
import { text, moment, key, named } from './column-types.ts';

export interface RevokedTokenRow {
  /** `jti` */
  tokenId: string;
  clientRecordId: string;
  expiresAt: Date;
  revokedAt: Date;
}

export const revokedTokenEntity = new EntitySchema<RevokedTokenRow>({
  name: 'revoked_token',
  tableName: 'revoked_tokens',
  columns: {
    tokenId: named('token_id', key(text)),
    clientRecordId: named('client_record_id', text),
    expiresAt: named('expires_at', moment),
    revokedAt: named('revoked_at', moment),
  },
});
