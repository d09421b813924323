/** The network an address belongs to, as one who has many addresses has them: /24 of IPv4, /64 of IPv6. */
import { isIPv4, isIPv6 } from 'node:net';

const mappedPrefix = '::ffff:';

/** Addresses of one block get the same text; what is no address is its own block. */
export function addressBlock(address: string): string {
  const plain =
    address.startsWith(mappedPrefix) && isIPv4(address.slice(mappedPrefix.length))
      ? address.slice(mappedPrefix.length)
      : address;
  if (isIPv4(plain)) return plain.slice(0, plain.lastIndexOf('.'));
  if (!isIPv6(plain)) return plain;
  return firstGroups(plain.split('%', 1)[0] ?? plain);
}

/** The first four of the eight groups, with `::` written out (RFC 4291 §2.2). */
function firstGroups(address: string): string {
  const [head = '', tail] = address.split('::');
  const groupsOf = (part: string) => (part === '' ? [] : part.split(':'));
  const before = groupsOf(head);
  const after = groupsOf(tail ?? '');
  // An IPv4 address at the end stands for two groups.
  const tailGroups = after.length + (after.at(-1)?.includes('.') ? 1 : 0);
  const zeros = tail === undefined ? 0 : 8 - before.length - tailGroups;
  return [...before, ...Array.from({ length: zeros }, () => '0'), ...after]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}
