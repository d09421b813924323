/** L-07: who has many addresses of one network has one name. */
import { expect, test } from '@jest/globals';
import { addressBlock } from '../../src/http/address-block.ts';

test.each([
  ['192.0.2.1', '192.0.2.254'],
  ['192.0.2.1', '::ffff:192.0.2.77'],
  ['2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff'],
  ['2001:db8::1', '2001:0db8:0000:0000:0:0:0:2'],
  ['2001:DB8::1', '2001:db8::2'],
  ['::1', '::2'],
  ['fe80::1%eth0', 'fe80::2'],
  ['64:ff9b::192.0.2.1', '64:ff9b::192.0.2.2'],
])('%s and %s are in one network', (one, other) => {
  expect(addressBlock(one)).toBe(addressBlock(other));
});

test.each([
  ['192.0.2.1', '192.0.3.1'],
  ['2001:db8:1:2::1', '2001:db8:1:3::1'],
  ['2001:db8::1', '2001:db8:0:1::1'],
  ['::1', '127.0.0.1'],
  ['unknown', '::'],
])('%s and %s are not', (one, other) => {
  expect(addressBlock(one)).not.toBe(addressBlock(other));
});
