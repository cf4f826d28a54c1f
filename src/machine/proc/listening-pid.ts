import { isIP, SocketAddress } from 'node:net';
import { networkInterfaces } from 'node:os';
import { allPids, type ProcFiles, statOf } from './proc-files.js';
import { parseSocketLink, parseTcpListeners, parseUnixListener } from './proc-text.js';

export type ListenerSearch =
  | { readonly status: 'found'; readonly pid: number }
  /** `reason` completes "server not measured: ...". */
  | { readonly status: 'unknown'; readonly reason: string };

/** The process that listens on an IP address and port of this machine, or null. */
export function listeningPid(ip: string, port: number, proc: ProcFiles): number | null {
  const search = findTcpListener(ip, port, proc);
  return search.status === 'found' ? search.pid : null;
}

/** Like `listeningPid`, but with the reason if there is none. */
export function findTcpListener(
  ip: string,
  port: number,
  proc: ProcFiles,
  localAddresses: readonly string[] = ownAddresses(),
): ListenerSearch {
  const address = canonicalIp(ip);
  if (!isOwnAddress(address, localAddresses)) return { status: 'unknown', reason: `${ip} is not a local process` };
  const inodes = listenersOn(address, port, proc);
  if (inodes.length === 0) return { status: 'unknown', reason: `no local process listens on port ${port}` };
  return ownerOf(new Set(inodes), proc, `port ${port}`);
}

/** The process that listens on a unix socket path. */
export function findUnixListener(path: string, proc: ProcFiles): ListenerSearch {
  const inode = parseUnixListener(proc.readText('/proc/net/unix') ?? '', path);
  if (inode === null) return { status: 'unknown', reason: `no local process listens on ${path}` };
  return ownerOf(new Set([inode]), proc, path);
}

/**
 * Inodes of the sockets that would accept a connection: those bound to the address itself, else those bound to every
 * address.
 */
function listenersOn(address: string, port: number, proc: ProcFiles): number[] {
  const tables = ['/proc/net/tcp', '/proc/net/tcp6'].map((path) => proc.readText(path) ?? '');
  const onPort = tables.flatMap(parseTcpListeners).filter((listener) => listener.port === port);
  const boundTo = (ips: readonly string[]) =>
    onPort.filter(({ addressHex }) => ips.includes(hexToIp(addressHex))).map(({ inode }) => inode);
  const exact = boundTo([address]);
  if (exact.length > 0) return exact;
  return boundTo(isIP(address) === 4 ? ['0.0.0.0', '::'] : ['::']);
}

/** Programs that listen for another process and forward to it: their CPU time says nothing about the server. */
const FORWARDERS: ReadonlySet<string> = new Set([
  ...['docker-proxy', 'rootlesskit', 'rootlessport', 'slirp4netns', 'pasta', 'gvproxy', 'conmon'],
  ...['kubectl', 'ssh', 'sshd', 'socat', 'systemd-socket-', 'ngrok', 'cloudflared'],
]);
const INIT_PID = 1;

/**
 * The process that holds one of the sockets. If several do (a master and the workers it forked), it is the one whose
 * parent does not: the others are its descendants and are measured with it. An init process that opened the socket for
 * a service is not the service. A server in this very process is looked for first: the open files of all processes are
 * many.
 */
function ownerOf(inodes: ReadonlySet<number>, proc: ProcFiles, what: string): ListenerSearch {
  const own = Number(proc.readLink('/proc/self') ?? 0);
  if (own > 0 && holdsSocket(proc, own, inodes)) return { status: 'found', pid: own };
  const all = allPids(proc).filter((pid) => holdsSocket(proc, pid, inodes));
  const holders = all.length > 1 ? all.filter((pid) => pid !== INIT_PID) : all;
  const heads = holders.filter((pid) => !holders.includes(statOf(proc, pid)?.parentPid ?? 0));
  if (heads.length === 0) {
    return {
      status: 'unknown',
      reason: `no permission to see which process listens on ${what} (another user or container): give its pid as target.pid`,
    };
  }
  const pid = Math.min(...heads);
  const name = proc.readText(`/proc/${pid}/comm`)?.trim() ?? '';
  if (FORWARDERS.has(name)) {
    const reason = `${name} listens on ${what} and forwards to another process: give the server's pid as target.pid`;
    return { status: 'unknown', reason };
  }
  return { status: 'found', pid };
}

function holdsSocket(proc: ProcFiles, pid: number, inodes: ReadonlySet<number>): boolean {
  const names = proc.list(`/proc/${pid}/fd`) ?? [];
  return names.some((name) => {
    const inode = parseSocketLink(proc.readLink(`/proc/${pid}/fd/${name}`) ?? '');
    return inode !== null && inodes.has(inode);
  });
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((entries) => (entries ?? []).map(({ address }) => address));
}

function isOwnAddress(address: string, own: readonly string[]): boolean {
  if (address.startsWith('127.') || address === '::1' || address === '0.0.0.0' || address === '::') return true;
  return own.some((candidate) => canonicalIp(candidate) === address);
}

/** One spelling per address. An IPv4 address mapped into IPv6 becomes the IPv4 address. */
function canonicalIp(ip: string): string {
  const bare = ip.split('%')[0]!;
  if (isIP(bare) !== 6) return bare;
  const address = new SocketAddress({ address: bare, family: 'ipv6' }).address;
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice('::ffff:'.length) : address;
}

function hexToIp(hex: string): string {
  if (hex.length === 8)
    return hex
      .match(/../g)!
      .map((byte) => Number.parseInt(byte, 16))
      .join('.');
  return canonicalIp(hex.match(/.{4}/g)!.join(':'));
}
