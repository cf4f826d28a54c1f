/**
 * Whether an agent may load a target. The agent judges every order by its own command line: whoever reaches the bus
 * must not be able to make it load strangers, or reach what is meant for this machine alone.
 */
import { BlockList, isIP } from 'node:net';
import { judgeConsent } from '../coordinator/preflight.js';
import type { Route } from '../coordinator/route.js';
import { usageError, type WsurgeError } from '../errors.js';
import { urlAddress } from '../profile/address.js';
import type { Target } from '../profile/profile.js';
import { proxyTrouble } from '../profile/resolve-proxy.js';

/** A load as an order asks for it, with the way that the agent found itself. */
export interface AskedLoad {
  readonly route: Pick<Route, 'host' | 'addresses' | 'proxy'>;
  /** Of the whole load, all agents together: the target gets all of it. */
  readonly peakConnections: number;
  /** Null: as many as the target answers. */
  readonly peakPerSecond: number | null;
}

/**
 * Addresses that mean something else on every machine: link-local ones, and those where clouds hand out credentials to
 * whoever asks from inside. IPv4 addresses mapped into IPv6 count as the IPv4 address.
 */
const INSIDE = new BlockList();
INSIDE.addSubnet('fe80::', 10, 'ipv6');
// Metadata services of AWS and Google Cloud.
INSIDE.addAddress('fd00:ec2::254', 'ipv6');
INSIDE.addAddress('fd20:ce::254', 'ipv6');
// Link-local, and the metadata services of Alibaba Cloud and Azure.
for (const [network, prefix] of [
  ['169.254.0.0', 16],
  ['100.100.100.200', 32],
  ['168.63.129.16', 32],
] as const) {
  INSIDE.addSubnet(network, prefix, 'ipv4');
  // The same where an IPv6 address has it as its end: NAT64 (RFC 6052, RFC 8215), IPv4-compatible (RFC 4291).
  for (const before of ['64:ff9b::', '64:ff9b:1::', '::']) {
    INSIDE.addSubnet(`${before}${network}`, 96 + prefix, 'ipv6');
  }
  // And as its beginning: 6to4 (RFC 3056).
  INSIDE.addSubnet(`2002:${hextets(network)}::`, 16 + prefix, 'ipv6');
}

/** Why no agent loads a target of this kind; null if it may. Needs no name resolved. */
export function refusedKind(target: Target): WsurgeError | null {
  if (target.kind === 'command') {
    return usageError(
      'agent_starts_nothing',
      'an agent runs no commands: target.command is for the machine of the coordinator',
      'start the server yourself, and name it by its address: --target ws://HOST:PORT/',
    );
  }
  if (target.kind === 'embedded') {
    return usageError(
      'agent_starts_nothing',
      'an agent starts no server: the embedded target is on the machine of the coordinator',
      'name the server by its address: --target ws://HOST:PORT/',
    );
  }
  if (urlAddress(target.url)?.kind !== 'tcp') {
    return usageError(
      'agent_no_unix_socket',
      'an agent connects to hosts only, never to a unix socket of its machine',
      'name the server by its address: --target ws://HOST:PORT/',
    );
  }
  const trouble = target.proxy === null ? null : proxyTrouble(target.proxy);
  return trouble === null ? null : usageError('bad_proxy', `the proxy of the target ${trouble.message}`, trouble.hint);
}

/**
 * Why this agent may not send the load; null if it may. `allows`: the hosts of its own `--allow-target`. Ask again for
 * each address that a redirect leads to.
 */
export function refusedLoad({ route, ...load }: AskedLoad, allows: readonly string[]): WsurgeError | null {
  const { host, addresses, proxy } = route;
  const reached = proxy === null ? addresses : [...addresses, proxy.address];
  const inside = reached.find((ip) => isInside(ip, allows));
  if (inside !== undefined) {
    return usageError(
      'target_inside',
      `${placeOf(host, inside, proxy?.address)} is a link-local or metadata address, which an agent loads only if it is named`,
      `if this is the server to load: wsurge agent --allow-target ${bare(inside)}`,
    );
  }
  const problem = judgeConsent({
    ...{ host, addresses, allowedTargets: allows.map(bare), peakConnections: load.peakConnections },
    peakMessagesPerSecond: load.peakPerSecond ?? Number.POSITIVE_INFINITY,
    unknown: proxy !== null && addresses.length === 0,
  });
  if (problem === null) return null;
  const next = `if it is yours to load, on each agent: wsurge agent --allow-target ${host}`;
  return usageError(problem.code, problem.message, next);
}

/** Whether an address is one that means something else on every machine, and is not named. */
export function isInside(ip: string, allows: readonly string[]): boolean {
  return isIn(INSIDE, ip) && !isIn(addressesIn(allows), ip);
}

/** Throws what `refusedLoad` returns. */
export function permitLoad(asked: AskedLoad, allows: readonly string[]): void {
  const refused = refusedLoad(asked, allows);
  if (refused !== null) throw refused;
}

/** `bench.local (169.254.1.1)`, or the proxy's address. */
function placeOf(host: string, ip: string, proxy: string | undefined): string {
  if (ip === proxy) return `the proxy's ${ip}`;
  return host === ip ? ip : `${host} (${ip})`;
}

/** Names in the list may be any address, so they are left out: an address inside must be named as such. */
function addressesIn(allows: readonly string[]): BlockList {
  const list = new BlockList();
  for (const host of allows.map(bare)) if (isIP(host) !== 0) list.addAddress(host, familyOf(host));
  return list;
}

function isIn(list: BlockList, ip: string): boolean {
  return list.check(bare(ip), familyOf(bare(ip)));
}

/** Without brackets and zone. */
function bare(host: string): string {
  return host.replace(/^\[|\]$/g, '').split('%')[0]!;
}

function familyOf(ip: string): 'ipv4' | 'ipv6' {
  return isIP(ip) === 6 ? 'ipv6' : 'ipv4';
}

/** An IPv4 address as two groups of an IPv6 address: a9fe:a9fe. */
function hextets(ip: string): string {
  const [a, b, c, d] = ip.split('.').map(Number) as [number, number, number, number];
  return [(a << 8) | b, (c << 8) | d].map((group) => group.toString(16)).join(':');
}
