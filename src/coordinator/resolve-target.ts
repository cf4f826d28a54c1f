import { lookup } from 'node:dns/promises';
import { BlockList, connect, isIP } from 'node:net';
import { performance } from 'node:perf_hooks';
import { codeOf, messageOf, unreachableError, usageError } from '../errors.js';
import { urlAddress } from '../profile/address.js';
import type { UseOfAddresses } from '../profile/profile.js';

/** If a name has several addresses: longest wait for one to accept a connection, ms. */
const TRY_TIMEOUT_MS = 2000;

export interface ResolvedTarget {
  /** The host as in the URL, without brackets; the path of a unix socket. */
  readonly host: string;
  /** The IP addresses to connect to, in turn; empty for unix sockets. */
  readonly addresses: readonly string[];
  /** Addresses of the name that accept no connection, although others do. */
  readonly refusing: readonly string[];
  /** How long the name lookup took, ms; 0 if there was no name. */
  readonly resolvedMs: number;
}

export interface ResolveDeps {
  readonly lookup: (host: string) => Promise<readonly { readonly address: string }[]>;
  /** Tests whether the address accepts a connection. Called only if a name has several addresses. */
  readonly accepts: (address: string, port: number) => Promise<boolean>;
  readonly nowMs: () => number;
}

export const SYSTEM_LOOKUP: ResolveDeps = {
  lookup: (host) => lookup(host, { all: true, verbatim: true }),
  accepts: acceptsConnection,
  nowMs: () => performance.now(),
};

/**
 * Resolves the target's name, once for the whole run. If it has several addresses, those that accept a connection are
 * used: all, or with `first` only the first. If none accepts, the first address is used. If all are addresses of this
 * machine, one is enough: `localhost` has two, and most servers listen on one of them. Rejects with 103 and names the
 * host.
 */
export async function resolveTarget(
  url: string,
  use: UseOfAddresses,
  deps: ResolveDeps = SYSTEM_LOOKUP,
): Promise<ResolvedTarget> {
  const where = urlAddress(url);
  if (where === null)
    throw usageError('target_url_invalid', 'the target URL names no host', 'e.g. ws://127.0.0.1:9001/');
  if (where.kind === 'unix') return { host: where.path, addresses: [], refusing: [], resolvedMs: 0 };
  const { host, port } = where;
  if (isIP(host) !== 0) return { host, addresses: [host], refusing: [], resolvedMs: 0 };
  const startedMs = deps.nowMs();
  const found = await deps.lookup(host).catch((error: unknown) => {
    throw unknownHostError(host, codeOf(error) ?? messageOf(error));
  });
  const resolvedMs = deps.nowMs() - startedMs;
  const all = [...new Set(found.map(({ address }) => address))];
  const [first] = all;
  if (first === undefined) throw unknownHostError(host, 'no address');
  if (all.length === 1) return { host, addresses: all, refusing: [], resolvedMs };
  const open = await Promise.all(all.map((address) => deps.accepts(address, port)));
  const accepting = all.filter((_, index) => open[index]);
  if (accepting.length === 0) return { host, addresses: [first], refusing: [], resolvedMs };
  const isOne = use === 'first' || all.every(isLoopback);
  const refusing = isOne ? [] : all.filter((_, index) => !open[index]);
  return { host, addresses: isOne ? accepting.slice(0, 1) : accepting, refusing, resolvedMs };
}

function unknownHostError(host: string, reason: string): Error {
  return unreachableError(
    'target_unknown_host',
    `cannot resolve the host ${host}: ${reason}`,
    'check the name in the target URL',
  );
}

function acceptsConnection(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    const settle = (accepted: boolean) => {
      socket.destroy();
      resolve(accepted);
    };
    socket.setTimeout(TRY_TIMEOUT_MS, () => settle(false));
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}

/** Loopback, private, shared, link-local and unspecified ranges: loading them affects nobody outside. */
const OWN_NETWORKS = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
] as const) {
  OWN_NETWORKS.addSubnet(network, prefix, 'ipv4');
}
OWN_NETWORKS.addAddress('::', 'ipv6');
OWN_NETWORKS.addAddress('::1', 'ipv6');
OWN_NETWORKS.addSubnet('fc00::', 7, 'ipv6');
OWN_NETWORKS.addSubnet('fe80::', 10, 'ipv6');

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** True for an IP address of this machine's loopback range. */
export function isLoopback(ip: string): boolean {
  return LOOPBACK.check(ip.split('%')[0]!, isIP(ip) === 6 ? 'ipv6' : 'ipv4');
}

/** True for an IP address that may belong to others. An IPv4 address mapped into IPv6 is judged as the IPv4 address. */
export function isPublicAddress(ip: string): boolean {
  const bare = ip.split('%')[0]!;
  const version = isIP(bare);
  if (version === 0) throw new TypeError(`not an IP address: ${ip}`);
  return !OWN_NETWORKS.check(bare, version === 4 ? 'ipv4' : 'ipv6');
}
