/**
 * Parses the text of /proc files. Every function is pure and returns null if the text is not what the kernel writes.
 */

export interface ProcessStat {
  readonly pid: number;
  /** R, S, D, Z, ... */
  readonly state: string;
  readonly parentPid: number;
  readonly groupId: number;
  /** CPU time of all its threads, ended ones included, in clock ticks. */
  readonly ownTicks: number;
  /** CPU time of its ended children that it has waited for, and of their children, in clock ticks. */
  readonly waitedTicks: number;
  /** Clock ticks from boot to its start. Together with the pid this identifies a process: a pid may be reused. */
  readonly startTicks: number;
}

/** /proc/PID/stat. The name in parentheses may itself hold spaces and parentheses. */
export function parseProcessStat(text: string): ProcessStat | null {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  if (open < 0 || close < open) return null;
  const fields = text
    .slice(close + 1)
    .trim()
    .split(/\s+/);
  const number = (index: number) => Number(fields[index]);
  const stat = {
    pid: Number.parseInt(text, 10),
    state: fields[0] ?? '',
    parentPid: number(1),
    groupId: number(2),
    ownTicks: number(11) + number(12),
    waitedTicks: number(13) + number(14),
    startTicks: number(19),
  };
  return Object.values(stat).some((value) => Number.isNaN(value)) ? null : stat;
}

/** `VmRSS` of /proc/PID/status in bytes; null for kernel threads and zombies, which have none. */
export function parseResidentBytes(text: string): number | null {
  const match = /^VmRSS:\s+(\d+) kB$/m.exec(text);
  return match ? Number(match[1]) * 1024 : null;
}

/** /proc/PID/task/TID/children: pids separated by spaces. */
export function parseChildren(text: string): number[] {
  return text.split(/\s+/).filter(Boolean).map(Number);
}

export interface TcpListener {
  /** 8 hex digits (IPv4) or 32 (IPv6), in the order of the address as written, e.g. `7f000001`. */
  readonly addressHex: string;
  readonly port: number;
  readonly inode: number;
}

const LISTEN = '0A';

/** The listening sockets in /proc/net/tcp or tcp6. */
export function parseTcpListeners(text: string): TcpListener[] {
  const listeners: TcpListener[] = [];
  for (const line of text.split('\n')) {
    const fields = line.trim().split(/\s+/);
    if (fields[3] !== LISTEN) continue;
    const [address, port] = fields[1]!.split(':');
    const inode = Number(fields[9]);
    if (address === undefined || port === undefined || !Number.isInteger(inode)) continue;
    listeners.push({ addressHex: networkOrder(address), port: Number.parseInt(port, 16), inode });
  }
  return listeners;
}

/** The kernel prints each 32-bit word of an address as a little-endian number. */
function networkOrder(hex: string): string {
  return (hex.match(/.{8}/g) ?? [])
    .map((word) => word.match(/../g)!.reverse().join(''))
    .join('')
    .toLowerCase();
}

const ACCEPTS_CONNECTIONS = 0x10000;

/** The inode of the socket that listens on a path in /proc/net/unix, or null. */
export function parseUnixListener(text: string, path: string): number | null {
  for (const line of text.split('\n')) {
    const match = /^\S+: \S+ \S+ (\S+) \S+ \S+\s+(\d+) (.+)$/.exec(line);
    if (match?.[3] !== path) continue;
    if ((Number.parseInt(match[1]!, 16) & ACCEPTS_CONNECTIONS) !== 0) return Number(match[2]);
  }
  return null;
}

/** The inode in a /proc/PID/fd link such as `socket:[12345]`, or null for anything else. */
export function parseSocketLink(link: string): number | null {
  const match = /^socket:\[(\d+)\]$/.exec(link);
  return match ? Number(match[1]) : null;
}
