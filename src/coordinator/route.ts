import { isIP } from 'node:net';
import { EXIT, WsurgeError } from '../errors.js';
import type { ProxyHop } from '../plan/cell.js';
import { formatAddress, urlAddress } from '../profile/address.js';
import type { Target } from '../profile/profile.js';
import { isLoopback, type ResolveDeps, resolveTarget, SYSTEM_LOOKUP } from './resolve-target.js';

/** How connections get to the target, settled once before any load. Plain data. */
export interface Route {
  /** The host as in the URL, without brackets; the path of a unix socket. */
  readonly host: string;
  /** IP addresses of the target: connections go to them in turn, or the proxy does. None for a unix socket. */
  readonly addresses: readonly string[];
  /** Null if connections go to the target directly. */
  readonly proxy: ProxyHop | null;
  /** What a user should know about the route, one sentence each. */
  readonly notes: readonly string[];
}

type Env = Readonly<Record<string, string | undefined>>;

/** The route to the reference server that wsurge starts itself. */
export const EMBEDDED: Route = { host: '127.0.0.1', addresses: ['127.0.0.1'], proxy: null, notes: [] };

/** Resolves the names of target and proxy. Rejects with 103, and names the host, if a name is unknown. */
export async function routeTo(target: Target, env: Env, deps: ResolveDeps = SYSTEM_LOOKUP): Promise<Route> {
  if (target.kind === 'embedded') return EMBEDDED;
  const proxy = target.proxy === null ? null : await hopOver(target.proxy, deps);
  if (proxy !== null) {
    const { host, addresses } = await resolveTarget(target.url, 'first', deps).catch(unlessUnknown(target.url));
    return { host, addresses, proxy, notes: [] };
  }
  const { host, addresses, refusing } = await resolveTarget(target.url, target.resolve, deps);
  const notes = [addressNote(host, addresses, refusing), proxyNote(target.url, env)];
  return { host, addresses, proxy, notes: notes.filter((note) => note !== null) };
}

/**
 * The route of checks: directly to the target, and to one address only. Rejects with 103, and names the host, if its
 * name is unknown.
 */
export async function routeOfChecks(target: Target, env: Env, deps: ResolveDeps = SYSTEM_LOOKUP): Promise<Route> {
  if (target.kind === 'embedded') return EMBEDDED;
  const { host, addresses, refusing } = await resolveTarget(target.url, target.resolve, deps);
  const count = addresses.length + refusing.length;
  const which = `${host} has ${count} addresses: checks go to ${addresses[0]} alone`;
  const notes = [count > 1 ? which : null, proxyNote(target.url, env)].filter((note) => note !== null);
  return { host, addresses: addresses.slice(0, 1), proxy: null, notes };
}

/** Behind a proxy an unknown name is no error: the proxy may know names that this machine does not. */
function unlessUnknown(url: string) {
  return (error: unknown) => {
    if (!(error instanceof WsurgeError) || error.exitCode !== EXIT.unreachable) throw error;
    const where = urlAddress(url);
    return { host: where?.kind === 'tcp' ? where.host : '', addresses: [] };
  };
}

async function hopOver(proxy: string, deps: ResolveDeps): Promise<ProxyHop> {
  const { username, password } = new URL(proxy);
  const { host, addresses } = await resolveTarget(proxy, 'first', deps).catch((error: unknown) => {
    if (!(error instanceof WsurgeError)) throw error;
    throw new WsurgeError(error.exitCode, 'proxy_unknown_host', `the proxy: ${error.message}`, {
      next: 'check the name in target.proxy, or --proxy',
    });
  });
  const where = urlAddress(proxy);
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return {
    ...{ host, address: addresses[0]!, port: where?.kind === 'tcp' ? where.port : 80 },
    authorization: credentials === ':' ? null : `Basic ${Buffer.from(credentials).toString('base64')}`,
  };
}

function addressNote(host: string, addresses: readonly string[], refusing: readonly string[]): string | null {
  if (addresses.length < 2 && refusing.length === 0) return null;
  const turn = addresses.length < 2 ? addresses.join('') : `${addresses.join(', ')} in turn`;
  const others =
    refusing.length === 0 ? '' : `; ${refusing.join(', ')} ${refusing.length === 1 ? 'takes' : 'take'} none`;
  const fix = addresses.length < 2 ? '' : '; for one address: --resolve first';
  return `${host} has ${addresses.length + refusing.length} addresses: connections go to ${turn}${others}${fix}`;
}

/**
 * A note if a variable is set from which other clients take a proxy. wsurge ignores it: a load must go where the
 * profile says.
 */
function proxyNote(url: string, env: Env): string | null {
  const where = urlAddress(url);
  if (where?.kind !== 'tcp') return null;
  const name = [where.secure ? 'https_proxy' : 'http_proxy', 'all_proxy']
    .flatMap((lower) => [lower, lower.toUpperCase()])
    .find((variable) => (env[variable] ?? '') !== '');
  if (name === undefined || isExcepted(where.host, where.port, env['no_proxy'] ?? env['NO_PROXY'] ?? '')) return null;
  return `${name} is set, but wsurge goes to ${formatAddress(where)} directly; to go through it: --proxy "$${name}"`;
}

/** Like other clients: connections to this machine use no proxy, and those to hosts in `NO_PROXY` do not, either. */
function isExcepted(host: string, port: number, noProxy: string): boolean {
  if (host.toLowerCase() === 'localhost' || (isIP(host) !== 0 && isLoopback(host))) return true;
  const name = host.toLowerCase();
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => {
      const [, domain, only] = /^\*?\.?(.*?)(?::(\d+))?$/.exec(entry)!;
      if (entry === '*') return true;
      if (!domain || (only !== undefined && Number(only) !== port)) return false;
      return name === domain || name.endsWith(`.${domain}`);
    });
}
