/** Who sees what: an operator everything, others their organization, or their location of it alone. */
import { describe, expect, test } from '@jest/globals';
import { permissions, type Permission } from '../../src/model/permission.ts';
import {
  isOperator,
  mayActForOrganization,
  maySee,
  maySeeOrganization,
  sightOf,
  type Principal,
} from '../../src/model/principal.ts';

function principalOf(
  organizationId: string,
  locationId: string | null,
  held: readonly Permission[] = [],
): Principal {
  const id = 'client_0000000000000000000000';
  return { type: 'client', id, name: 'c', organizationId, locationId, permissions: new Set(held) };
}

const operator = principalOf('org_a', null, permissions);
const organization = principalOf('org_a', null);
const location = principalOf('org_a', 'location_a1');
/** What cannot be granted, and would reach no further if it were. */
const locationOperator = principalOf('org_a', 'location_a1', permissions);

const records = [
  { organizationId: 'org_a', locationId: null },
  { organizationId: 'org_a', locationId: 'location_a1' },
  { organizationId: 'org_a', locationId: 'location_a2' },
  { organizationId: 'org_b', locationId: null },
  { organizationId: 'org_b', locationId: 'location_b1' },
];

describe.each<[string, Principal, boolean[]]>([
  ['an operator', operator, [true, true, true, true, true]],
  ['an organization', organization, [true, true, true, false, false]],
  ['a location', location, [false, true, false, false, false]],
  ['a location that holds everything', locationOperator, [false, true, false, false, false]],
])('%s', (_name, principal, seen) => {
  test('sees its part and nothing else, one by one and in lists', () => {
    expect(records.map((record) => maySee(principal, record))).toEqual(seen);
    const sight = sightOf(principal);
    expect(
      records.map(
        ({ organizationId, locationId }) =>
          sight !== undefined &&
          [null, organizationId].includes(sight.organizationId) &&
          [null, locationId].includes(sight.locationId),
      ),
    ).toEqual(seen);
  });

  test('a list narrowed to a record is shown exactly when the record may be seen', () => {
    for (const [index, { organizationId, locationId }] of records.entries()) {
      if (locationId === null) continue;
      const sight = sightOf(principal, { organization: organizationId, location: locationId });
      expect(sight).toEqual(seen[index] ? { organizationId, locationId } : undefined);
    }
  });
});

test('a location knows its organization, and does not act for it', () => {
  const facts = (principal: Principal) => [
    isOperator(principal),
    maySeeOrganization(principal, 'org_a'),
    maySeeOrganization(principal, 'org_b'),
    mayActForOrganization(principal, 'org_a'),
    mayActForOrganization(principal, 'org_b'),
  ];
  expect(facts(operator)).toEqual([true, true, true, true, true]);
  expect(facts(organization)).toEqual([false, true, false, true, false]);
  expect(facts(location)).toEqual([false, true, false, false, false]);
  expect(facts(locationOperator)).toEqual([false, true, false, false, false]);
});
