/**
 * Where webhooks may be sent: to public addresses, and to what the operator allows. Everything else (private,
 * loopback, link-local, reserved) is refused, or whoever registers a webhook could make us knock at doors
 * that only we can reach.
 */
import { networkInterfaces } from 'node:os';
import ipaddr from 'ipaddr.js';

/** The one block of unicast addresses that is handed out; all else outside it is reserved (RFC 4291 §2.4). */
const globalUnicast = ipaddr.parseCIDR('2000::/3');
/** Never in public DNS: of this machine, this network or this cloud (RFC 6761, RFC 6762, RFC 8375, RFC 9476). */
const specialNames = ['localhost', 'local', 'internal', 'home.arpa', 'lan', 'alt', 'onion'];

type Network = [ipaddr.IPv4 | ipaddr.IPv6, number];

export interface AddressPolicyOptions {
  /** Names, addresses and networks (CIDR) beyond the public ones, from the settings. */
  allowedHosts: readonly string[];
  /** The hosts of this server itself, which have nothing to receive. */
  ownHosts: readonly string[];
}

export class AddressPolicy {
  readonly #allowedNames: ReadonlySet<string>;
  readonly #allowedNetworks: readonly Network[];
  readonly #ownHosts: readonly string[];

  constructor({ allowedHosts, ownHosts }: AddressPolicyOptions) {
    const networks = allowedHosts.map(parseNetwork);
    this.#allowedNetworks = networks.filter((network) => network !== undefined);
    this.#allowedNames = new Set(allowedHosts.filter((_host, place) => !networks[place]));
    this.#ownHosts = ownHosts;
  }

  /** Whether the operator allows a URL's host by its name, or, an address, by a network. */
  isAllowedHost(host: string): boolean {
    if (this.#allowedNames.has(host)) return true;
    const address = parseAddress(host);
    return address !== undefined && this.#isInAllowedNetwork(address);
  }

  /** Whether the host of a URL may be public; of a name, its addresses decide when they are known. */
  isPublicHost(host: string): boolean {
    const address = parseAddress(host);
    if (address) return isPublic(address) && !isOwn(address);
    const isSpecial = specialNames.some((name) => host === name || host.endsWith(`.${name}`));
    return host.includes('.') && !isSpecial && !this.#ownHosts.includes(host);
  }

  /** Whether a packet may be sent to `address` for the sake of `host`, which led there. */
  mayConnect(address: string, host: string): boolean {
    if (this.#allowedNames.has(host)) return true;
    const parsed = parseAddress(address);
    if (parsed === undefined) return false;
    return this.#isInAllowedNetwork(parsed) || (isPublic(parsed) && !isOwn(parsed));
  }

  #isInAllowedNetwork(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
    return this.#allowedNetworks.some((network) => isIn(address, network));
  }
}

/** `10.0.0.0/8`, or one address; undefined for what is a name. */
function parseNetwork(text: string): Network | undefined {
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text);
  const address = parseAddress(text);
  return address && [address, address.kind() === 'ipv4' ? 32 : 128];
}

/** An IPv4 address in IPv6 clothes (`::ffff:127.0.0.1`) is the IPv4 address, for that is where it leads. */
function parseAddress(text: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
  // Only the four decimals: `127.1` is an address to the one reader and a name to the other.
  if (!bare.includes(':') && !ipaddr.IPv4.isValidFourPartDecimal(bare)) return undefined;
  return ipaddr.isValid(bare) ? ipaddr.process(bare) : undefined;
}

/** Also not those that carry an IPv4 address within them (NAT64, 6to4, Teredo): who knows where they end. */
function isPublic(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  if (address.range() !== 'unicast') return false;
  return address.kind() === 'ipv4' || isIn(address, globalUnicast);
}

function isIn(address: ipaddr.IPv4 | ipaddr.IPv6, [network, bits]: Network): boolean {
  // Two families never match, and the library throws at the attempt.
  return address.kind() === network.kind() && address.match(network, bits);
}

/** Public as it may be, an address of this machine leads to listeners meant for it alone. */
function isOwn(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .some((own) => parseAddress(own.address)?.toString() === address.toString());
}
