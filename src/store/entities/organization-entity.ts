/** Table columns of organizations. */
import { EntitySchema } from 'typeorm';
import { text, moment, number64, key, named } from './column-types.ts';

export interface OrganizationRow {
  id: string;
  name: string;
  cutoffVersion: bigint;
  createdAt: Date;
}

export const organizationEntity = new EntitySchema<OrganizationRow>({
  name: 'organization',
  tableName: 'organizations',
  columns: {
    id: key(text),
    name: text,
    cutoffVersion: named('cutoff_version', number64),
    createdAt: named('created_at', moment),
  },
});
