/** Table columns of organizations. */
import { EntitySchema } from 'typeorm';
import { text, flag, moment, optionalMoment, number64, key, named } from './column-types.ts';

export interface OrganizationRow {
  id: string;
  name: string;
  active: boolean;
  cutoffVersion: bigint;
  version: bigint;
  createdAt: Date;
  updatedAt: Date;
  deletedAt: Date | null;
}

export const organizationEntity = new EntitySchema<OrganizationRow>({
  name: 'organization',
  tableName: 'organizations',
  columns: {
    id: key(text),
    name: text,
    active: flag,
    cutoffVersion: named('cutoff_version', number64),
    version: number64,
    createdAt: named('created_at', moment),
    updatedAt: named('updated_at', moment),
    deletedAt: named('deleted_at', optionalMoment),
  },
});
