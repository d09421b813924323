/** Table columns of locations. */
import { EntitySchema } from 'typeorm';
import { text, flag, moment, optionalMoment, number64, key, named } from './column-types.ts';

export interface LocationRow {
  id: string;
  organizationId: string;
  name: string;
  active: boolean;
  cutoffVersion: bigint;
  version: bigint;
  createdAt: Date;
  updatedAt: Date;
  deletedAt: Date | null;
}

export const locationEntity = new EntitySchema<LocationRow>({
  name: 'location',
  tableName: 'locations',
  columns: {
    id: key(text),
    organizationId: named('organization_id', text),
    name: text,
    active: flag,
    cutoffVersion: named('cutoff_version', number64),
    version: number64,
    createdAt: named('created_at', moment),
    updatedAt: named('updated_at', moment),
    deletedAt: named('deleted_at', optionalMoment),
  },
});
