/** `--event client.updated`: what a webhook hears of. */
import { InvalidArgumentError } from 'commander';

export interface EventSelection {
  entity: string;
  operation: string;
}

/** The option may be repeated. */
export function collectSelections(
  value: string,
  earlier: readonly EventSelection[] | undefined,
): EventSelection[] {
  const [, entity, operation] = /^([a-z_]+|\*)\.([a-z_]+|\*)$/.exec(value) ?? [];
  if (entity === undefined || operation === undefined) {
    throw new InvalidArgumentError(
      'Use an entity and an operation, such as client.updated, "client.*" or "*.*".',
    );
  }
  return [...(earlier ?? []), { entity, operation }];
}
