/** The kinds of columns that tables are made of. */
import type { EntitySchemaColumnOptions } from 'typeorm';

export const text: EntitySchemaColumnOptions = { type: 'text' };
export const optionalText: EntitySchemaColumnOptions = { type: 'text', nullable: true };
export const integer: EntitySchemaColumnOptions = { type: 'integer' };
export const flag: EntitySchemaColumnOptions = { type: 'boolean' };
export const moment: EntitySchemaColumnOptions = { type: 'timestamptz' };
export const optionalMoment: EntitySchemaColumnOptions = { type: 'timestamptz', nullable: true };
export const bytes: EntitySchemaColumnOptions = { type: 'bytea' };
export const textList: EntitySchemaColumnOptions = { type: 'text', array: true, nullable: true };
export const number64: EntitySchemaColumnOptions = {
  type: 'bigint',
  transformer: {
    from: (value: string) => BigInt(value),
    to: (value: bigint | undefined) => value?.toString(),
  },
};
export const key = (column: EntitySchemaColumnOptions): EntitySchemaColumnOptions => ({
  ...column,
  primary: true,
});
export const named = (
  name: string,
  column: EntitySchemaColumnOptions,
): EntitySchemaColumnOptions => ({
  ...column,
  name,
});
export const given = (column: EntitySchemaColumnOptions): EntitySchemaColumnOptions => ({
  ...column,
  insert: false,
  update: false,
});
