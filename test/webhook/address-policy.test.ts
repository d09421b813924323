/** Which URLs may be webhooks: none that leads to anything but a public address, unless the operator allows it. */
import { networkInterfaces } from 'node:os';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RegistryError } from '../../src/model/registry-error.ts';
import { AddressPolicy } from '../../src/webhook/address-policy.ts';
import { hostOf, parseWebhookUrl } from '../../src/webhook/webhook-url.ts';

/** Of the issuer, and of the admin listener. */
const ownHosts = ['auth.example.com', 'admin.example.com'];
const strict = new AddressPolicy({ allowedHosts: [], ownHosts });

function refusalOf(url: string, policy = strict): string | undefined {
  try {
    parseWebhookUrl(url, policy);
    return undefined;
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    const [fault] = error.faults;
    expect(fault?.pointer).toBe('/url');
    return fault?.detail;
  }
}

/** First, some and last of every special range of IANA's registries. */
const specialIPv4 = [
  ['"this network"', '0.0.0.0', '0.1.2.3', '0.255.255.255'],
  ['private', '10.0.0.0', '10.255.255.255'],
  ['private', '172.16.0.0', '172.31.255.255'],
  ['private', '192.168.0.0', '192.168.255.255'],
  ['shared', '100.64.0.0', '100.127.255.255'],
  ['loopback', '127.0.0.1', '127.255.255.255'],
  ['link-local and metadata', '169.254.0.0', '169.254.169.254', '169.254.255.255'],
  ['protocol assignments', '192.0.0.0', '192.0.0.170', '192.0.0.255'],
  ['documentation', '192.0.2.0', '192.0.2.255'],
  ['documentation', '198.51.100.0', '198.51.100.255'],
  ['documentation', '203.0.113.0', '203.0.113.255'],
  ['AS112', '192.31.196.0', '192.175.48.255'],
  ['AMT', '192.52.193.1'],
  ['6to4 relay', '192.88.99.1'],
  ['benchmarks', '198.18.0.0', '198.19.255.255'],
  ['multicast', '224.0.0.0', '239.255.255.255'],
  ['reserved', '240.0.0.0', '255.255.255.254'],
  ['broadcast', '255.255.255.255'],
] as const;
const specialIPv6 = [
  ['unspecified', '::'],
  ['loopback', '::1'],
  ['IPv4-compatible', '::7f00:1', '::0808:0808'],
  ['IPv4-mapped private', '::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:a9fe:a9fe'],
  ['IPv4-translated', '::ffff:0:808:808'],
  ['NAT64', '64:ff9b::7f00:1', '64:ff9b::808:808'],
  ['local NAT64', '64:ff9b:1::1'],
  ['discard', '100::1'],
  ['dummy', '100:0:0:1::1'],
  ['Teredo', '2001::1', '2001:0:ffff::1'],
  ['benchmarks', '2001:2::1'],
  ['AMT', '2001:3::1'],
  ['AS112', '2001:4:112::1'],
  ['ORCHID', '2001:10::1', '2001:20::1'],
  ['drones', '2001:30::1'],
  ['documentation', '2001:db8::', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff', '3fff::1'],
  ['6to4', '2002::1', '2002:7f00:1::'],
  ['segment routing', '5f00::1'],
  ['unique local', 'fc00::', 'fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['link-local', 'fe80::1', 'febf::1'],
  ['site-local', 'fec0::1'],
  ['multicast', 'ff00::', 'ff02::1', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ['not handed out', '4000::1', 'a000::1', '1::1'],
] as const;

describe('special addresses', () => {
  // W-51
  test.each(specialIPv4)('%s: %s', (_what, ...addresses) => {
    for (const address of addresses) {
      expect(strict.mayConnect(address, 'hooks.example.com')).toBe(false);
      // W-57
      expect(strict.mayConnect(`::ffff:${address}`, 'hooks.example.com')).toBe(false);
      expect(refusalOf(`https://${address}/`)).toContain('must lead to a public address');
      expect(refusalOf(`https://[::ffff:${address}]/`)).toContain('must lead to a public address');
    }
  });

  // W-52, W-57
  test.each(specialIPv6)('%s: %s', (_what, ...addresses) => {
    for (const address of addresses) {
      expect(strict.mayConnect(address, 'hooks.example.com')).toBe(false);
      expect(refusalOf(`https://[${address}]/`)).toContain('must lead to a public address');
    }
  });

  test.each([
    '1.1.1.1',
    '8.8.8.8',
    '172.15.255.255',
    '172.32.0.0',
    '100.63.0.1',
    '223.255.255.255',
  ])('public: %s', (address) => {
    expect(strict.mayConnect(address, 'hooks.example.com')).toBe(true);
    expect(strict.mayConnect(`::ffff:${address}`, 'hooks.example.com')).toBe(true);
    expect(refusalOf(`https://${address}/`)).toBeUndefined();
  });

  test.each(['2606:4700:4700::1111', '2a00:1450:4001:80b::200e'])('public: %s', (address) => {
    expect(strict.mayConnect(address, 'hooks.example.com')).toBe(true);
    expect(refusalOf(`https://[${address}]/`)).toBeUndefined();
  });

  // Whoever writes an address otherwise means the same address.
  test.each([
    'https://2130706433/',
    'https://0x7f000001/',
    'https://0x7f.1/',
    'https://0177.0.0.1/',
    'https://127.1/',
    'https://127.0.0.1./',
    'https://%31%32%37.0.0.1/',
    'https://[::ffff:127.0.0.1]:8443/',
    'https://[0:0:0:0:0:0:0:1]/',
    'https://[fe80::1%25eth0]/',
  ])('refuses %s', (url) => {
    expect(refusalOf(url)).toBeDefined();
  });

  // W-67
  test('refuses the addresses of this machine, were they public, and its own names', () => {
    const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
    expect(own.length).toBeGreaterThan(0);
    for (const { address } of own) expect(strict.mayConnect(address, 'x.example.com')).toBe(false);
    for (const host of ownHosts) {
      expect(refusalOf(`https://${host}/api/v1/clients`)).toContain('public address');
    }
  });
});

describe('URLs', () => {
  test.each([
    ['https://hooks.example.com', 'https://hooks.example.com/'],
    ['https://hooks.example.com:443/a?b=c', 'https://hooks.example.com/a?b=c'],
    ['HTTPS://Hooks.Example.COM:8443/A', 'https://hooks.example.com:8443/A'],
    ['https://xn--bcher-kva.example/', 'https://xn--bcher-kva.example/'],
  ])('takes %s', (text, href) => {
    expect(parseWebhookUrl(text, strict).href).toBe(href);
  });

  // W-54
  test.each([
    'localhost',
    'LOCALHOST',
    'a.localhost',
    'metadata.google.internal',
    'x.internal',
    'printer.local',
    'router.lan',
    'nas.home.arpa',
    'redis',
    'metadata',
  ])('refuses the host %s', (host) => {
    expect(refusalOf(`https://${host}/`)).toContain('must lead to a public address');
  });

  // W-54, W-59, W-60, A-35
  test.each([
    ['http://hooks.example.com/', 'allows its host (LATCHKEY_WEBHOOK_ALLOWED_HOSTS)'],
    ['ftp://hooks.example.com/', 'must begin with https://'],
    ['gopher://hooks.example.com/', 'must begin with https://'],
    ['file:///etc/passwd', 'must be an absolute URL'],
    ['data:text/plain,x', 'must be an absolute URL'],
    ['javascript:alert(1)', 'must be an absolute URL'],
    ['//hooks.example.com/', 'must be an absolute URL'],
    ['https:hooks.example.com', 'must be an absolute URL'],
    ['https:///hooks.example.com', 'must be an absolute URL'],
    ['https://', 'must be an absolute URL'],
    ['https://hooks.example.com:22/', 'must have the port 443 or 8443'],
    ['https://hooks.example.com:0/', 'must have the port 443 or 8443'],
    ['https://hooks.example.com:99999/', 'must be an absolute URL'],
    ['https://user@hooks.example.com/', 'must not have a user name'],
    ['https://user:pw@hooks.example.com/', 'must not have a user name'],
    ['https://@hooks.example.com/', 'must not have a user name'],
    ['https://hooks.example.com@127.0.0.1/', 'must not have a user name'],
    ['https://127.0.0.1\\@hooks.example.com/', 'must not contain a backslash'],
    ['https://hooks.example.com/#', 'must not have a fragment'],
    ['https://hooks.example.com#@127.0.0.1/', 'must not have a fragment'],
    ['https://hooks.example.com./', 'must not have a dot at the end'],
    ['https://hooks%2eexample.com/', 'must not have a percent-encoded host'],
    ['https://h\u00f6oks.example.com/', 'must be visible ASCII'],
    ['https://\u24c1ocalhost/', 'must be visible ASCII'],
    ['https://hooks.example.com/\r\nX: y', 'must be visible ASCII'],
    [' https://hooks.example.com/', 'must be visible ASCII'],
  ])('refuses %j: %s', (url, rule) => {
    expect(refusalOf(url)).toContain(rule);
  });
});

// W-72
describe('what the operator allows', () => {
  const allowing = new AddressPolicy({
    allowedHosts: ['hooks.internal', '10.1.0.0/16', '127.0.0.1', 'fd00::/8'],
    ownHosts,
  });

  test.each([
    'http://hooks.internal:8080/',
    'https://hooks.internal/',
    'http://10.1.2.3/',
    'http://127.0.0.1:3999/',
    'http://[fd00::1]:80/',
    'https://[::ffff:10.1.2.3]/',
  ])('takes %s', (url) => {
    expect(refusalOf(url, allowing)).toBeUndefined();
    const host = hostOf(new URL(url));
    expect(allowing.mayConnect(host === 'hooks.internal' ? '192.168.7.7' : host, host)).toBe(true);
  });

  test.each([
    ['http://10.2.0.1/', 'must begin with https'],
    ['https://10.2.0.1/', 'must lead to a public address'],
    ['https://127.0.0.2/', 'must lead to a public address'],
    ['https://a.hooks.internal/', 'must lead to a public address'],
    ['ftp://hooks.internal/', 'must begin with https'],
    // A network is no licence for names that are public.
    ['http://hooks.example.com/', 'must begin with https'],
  ])('refuses %s', (url, rule) => {
    expect(refusalOf(url, allowing)).toContain(rule);
  });

  test('a name may lead into an allowed network, and into no other', () => {
    expect(allowing.mayConnect('10.1.2.3', 'hooks.example.com')).toBe(true);
    expect(allowing.mayConnect('::ffff:10.1.2.3', 'hooks.example.com')).toBe(true);
    expect(allowing.mayConnect('10.2.2.3', 'hooks.example.com')).toBe(false);
    expect(allowing.mayConnect('not an address', 'hooks.example.com')).toBe(false);
  });
});

// W-80: whatever is written as a URL, what is accepted has one host, and no reader finds another in it.
test('of thousands of hostile URLs none is accepted whose host is a special address', () => {
  const digits = fc.integer({ min: 0, max: 255 });
  const dotted = fc.tuple(digits, digits, digits, digits).map((parts) => parts.join('.'));
  const number = fc.integer({ min: 0, max: 2 ** 32 - 1 });
  const host = fc.oneof(
    dotted,
    number.map(String),
    number.map((value) => `0x${value.toString(16)}`),
    number.map((value) => `0${value.toString(8)}`),
    fc.ipV6().map((address) => `[${address}]`),
    dotted.map((address) => `[::ffff:${address}]`),
    fc.constantFrom(
      'localhost',
      'hooks.example.com',
      '127.1',
      '0',
      '1.1.1.1',
      '[::]',
      'a.internal',
    ),
    fc.domain(),
  );
  const noise = fc.constantFrom(
    '',
    '',
    '@',
    'a@',
    '\\',
    '\\@',
    '#@',
    '?@',
    '/',
    '%2f',
    '%00',
    '\t',
    '.',
    ':',
    ':80',
    ':443',
    '/..',
    ';',
    '%40',
  );
  const scheme = fc.constantFrom(
    'https://',
    'https:/',
    'https:///',
    'HTTPS://',
    'http://',
    'https:\\\\',
  );
  let accepted = 0;
  fc.assert(
    fc.property(scheme, host, noise, host, noise, (start, first, between, second, after) => {
      for (const text of [start + first + between + second + after, start + first + after]) {
        if (refusalOf(text) !== undefined) continue;
        accepted += 1;
        const url = parseWebhookUrl(text, strict);
        // As a cautious second reader, without the WHATWG's rules, would take it apart.
        const authority = /^https:\/\/([^/?#]*)/i.exec(text)?.[1]?.toLowerCase().replace(/:$/, '');
        expect([url.host, `${url.host}:443`]).toContain(
          authority?.startsWith('[') || /^[\d.x]/.test(authority ?? '') ? url.host : authority,
        );
        expect(url.protocol).toBe('https:');
        expect(strict.isPublicHost(hostOf(url))).toBe(true);
        // Read again it is the same: what is stored is what was judged.
        expect(parseWebhookUrl(url.href, strict).href).toBe(url.href);
      }
    }),
    { numRuns: 5_000 },
  );
  expect(accepted).toBeGreaterThan(200);
});
