import { availableParallelism, totalmem } from 'node:os';
import { quotaCores } from './cores.js';
import { type Limits, readIfThere, readLimits } from './limits.js';
import { usableMemory } from './usable-memory.js';

/** The parts of this machine that matter for load from it. Null: unknown, or no limit. */
export interface Machine extends Limits {
  /** Connections that may wait until a server accepts them. */
  readonly somaxconn: number | null;
  /** Closed connections that still block their port, and whether the kernel reuses such ports. */
  readonly timeWait: number | null;
  readonly reusesTimeWait: boolean | null;
  /** Connections tracked by the firewall. */
  readonly conntrack: { readonly count: number; readonly max: number } | null;
  readonly cores: number;
  /** Processor time that the cgroup grants, in cores. */
  readonly quotaCores: number | null;
  readonly memoryBytes: number;
  readonly memoryIsLimited: boolean;
  readonly clockSource: string | null;
}

export function readMachine(): Machine {
  const total = totalmem();
  const memoryBytes = usableMemory(total, process.constrainedMemory());
  const reuse = numberIn('/proc/sys/net/ipv4/tcp_tw_reuse');
  const [count, max] = ['count', 'max'].map((name) => numberIn(`/proc/sys/net/netfilter/nf_conntrack_${name}`));
  const clock = readIfThere('/sys/devices/system/clocksource/clocksource0/current_clocksource');
  return {
    ...readLimits(),
    somaxconn: numberIn('/proc/sys/net/core/somaxconn'),
    timeWait: parseTimeWait(readIfThere('/proc/net/sockstat') ?? ''),
    reusesTimeWait: reuse === null ? null : reuse > 0,
    conntrack: count == null || max == null ? null : { count, max },
    cores: availableParallelism(),
    quotaCores: quotaCores(),
    memoryBytes,
    memoryIsLimited: memoryBytes < total,
    clockSource: clock?.trim() ?? null,
  };
}

function numberIn(path: string): number | null {
  const text = readIfThere(path)?.trim() ?? '';
  return /^\d+$/.test(text) ? Number(text) : null;
}

/** `tw` of /proc/net/sockstat. */
export function parseTimeWait(sockstat: string): number | null {
  const match = /^TCP: .*\btw (\d+)/m.exec(sockstat);
  return match === null ? null : Number(match[1]);
}
