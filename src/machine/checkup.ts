/**
 * What the limits of a machine mean for a given number of connections. Used by `wsurge doctor` and by the preflight.
 */
import { formatBytes, formatCount } from '../units.js';
import { grantedCores } from './cores.js';
import type { Machine } from './machine.js';
import { filesFor, portsOf, raiseFiles, WIDEST_PORTS } from './needs.js';

export interface Check {
  readonly name: string;
  /** The value found. */
  readonly found: string;
  /** `low`: not enough for the load. `unknown`: the machine does not say. */
  readonly state: 'ok' | 'low' | 'unknown';
  /** What the limit means for this load. */
  readonly means: string;
  /** The command that fixes it; null if nothing needs fixing. */
  readonly fix: string | null;
}

/** The load to check for. */
export interface CheckupLoad {
  readonly connections: number;
  readonly workers: number;
}

/** Connections that one worker handles well. */
const CONNECTIONS_PER_CORE = 5000;
/** Memory per connection in the generator (socket, buffers, `ws`), with a reserve. */
const BYTES_PER_CONNECTION = 30_000;
/** Memory that the generator needs without any connections. */
const BASE_BYTES = 200_000_000;
/** With a shorter queue, connects at the usual rate may find the server's queue full. */
const WELL_QUEUED = 1024;
const EXACT_CLOCKS = new Set(['tsc', 'arch_sys_counter', 'kvm-clock']);

/** Every check, in the order in which a load meets the limits. */
export function checkup(machine: Machine, load: CheckupLoad): Check[] {
  return [files, ports, timeWait, backlog, conntrack, cores, quota, memory, clock].map((check) => check(machine, load));
}

/** Warnings about limits that may slow down a load. Limits that make a run impossible are reported by the preflight. */
export function shortfalls(machine: Machine, load: CheckupLoad): string[] {
  return [timeWait, conntrack, memory]
    .map((check) => check(machine, load))
    .filter(({ state }) => state === 'low')
    .map(
      ({ name, found, means, fix }) => `${name}, ${found}: ${means}${fix === null ? '' : `; ${fix}`} (wsurge doctor)`,
    );
}

function files({ openFiles, openFilesHard }: Machine, load: CheckupLoad): Check {
  const need = filesFor(load);
  const name = 'file descriptors';
  if (openFiles === null) return unknown(name, `${count(load)} need ${formatCount(need)}`);
  const isLow = openFiles < need;
  return {
    name,
    found: `${formatCount(openFiles)} (hard limit ${openFilesHard === null ? 'none' : formatCount(openFilesHard)})`,
    state: isLow ? 'low' : 'ok',
    means: `${count(load)} need ${formatCount(need)} here, and as many in the server's process`,
    fix: isLow ? raiseFiles(need, openFilesHard) : null,
  };
}

function ports({ ephemeralPorts }: Machine, load: CheckupLoad): Check {
  const name = 'local ports';
  if (ephemeralPorts === null) return unknown(name, `${count(load)} to one address need as many`);
  const held = portsOf(ephemeralPorts);
  const addresses = Math.ceil(load.connections / held);
  const isLow = addresses > 1;
  return {
    name,
    found: `${formatCount(held)} (${ephemeralPorts.from}-${ephemeralPorts.to})`,
    state: isLow ? 'low' : 'ok',
    means: `each local address holds ${formatCount(held)} connections to one server: ${count(load)} need ${addresses} of them`,
    fix: isLow ? `${WIDEST_PORTS}; or spread them: localAddresses: [127.0.0.2-127.0.0.${1 + addresses}]` : null,
  };
}

function timeWait({ timeWait, reusesTimeWait, ephemeralPorts }: Machine, load: CheckupLoad): Check {
  const name = 'TIME_WAIT';
  const need = 'a connection that this side closed first keeps its port for a minute';
  if (timeWait === null || ephemeralPorts === null) return unknown(name, need);
  const left = portsOf(ephemeralPorts) - timeWait;
  const isLow = reusesTimeWait === false && left < load.connections;
  return {
    name,
    found: `${formatCount(timeWait)} ports waiting${reusesTimeWait === true ? ', reused' : ''}`,
    state: isLow ? 'low' : 'ok',
    means: `${need}; ${formatCount(Math.max(0, left))} are free now`,
    fix: isLow ? 'sysctl -w net.ipv4.tcp_tw_reuse=1; or wait a minute between runs' : null,
  };
}

function backlog({ somaxconn }: Machine): Check {
  const name = 'somaxconn';
  const means = 'so many connections may wait until a server on this machine accepts them; more are refused or late';
  if (somaxconn === null) return unknown(name, means);
  const isLow = somaxconn < WELL_QUEUED;
  const fix = isLow
    ? 'sysctl -w net.core.somaxconn=4096; and give the server a backlog as large; or a lower --connect-rate'
    : null;
  return { name, found: formatCount(somaxconn), state: isLow ? 'low' : 'ok', means, fix };
}

function conntrack({ conntrack }: Machine, load: CheckupLoad): Check {
  const name = 'conntrack';
  const means = `a firewall with connection tracking needs an entry for each connection: ${formatCount(load.connections)} here`;
  if (conntrack === null) return { name, found: 'not in use', state: 'ok', means, fix: null };
  const { count: tracked, max } = conntrack;
  const isLow = max - tracked < load.connections;
  return {
    name,
    found: `${formatCount(tracked)} of ${formatCount(max)} entries`,
    state: isLow ? 'low' : 'ok',
    means,
    fix: isLow
      ? `sysctl -w net.netfilter.nf_conntrack_max=${2 ** Math.ceil(Math.log2(tracked + 2 * load.connections))}`
      : null,
  };
}

function cores({ cores: all, quotaCores }: Machine, load: CheckupLoad): Check {
  const cores = grantedCores(all, quotaCores);
  const wanted = Math.ceil(load.connections / CONNECTIONS_PER_CORE) + 1;
  const isLow = cores < 2 || cores < wanted;
  return {
    name: 'cores',
    found: cores === all ? formatCount(cores) : `${formatCount(cores)} of ${formatCount(all)} (quota of the cgroup)`,
    state: isLow ? 'low' : 'ok',
    means: `about one for every ${formatCount(CONNECTIONS_PER_CORE)} connections at 1 msg/s each, and one more for a server on this machine: ${formatCount(wanted)}`,
    fix: isLow ? 'run the target on another machine, or take one with more cores' : null,
  };
}

function quota({ quotaCores, cores }: Machine): Check {
  const name = 'cgroup CPU';
  const means = 'a container over its quota is paused for the rest of each period, which distorts every latency';
  if (quotaCores === null) return { name, found: 'no quota', state: 'ok', means, fix: null };
  const isLow = quotaCores < cores;
  const fix = isLow ? `start the container with --cpus ${cores}, or without a quota` : null;
  return { name, found: `${Number(quotaCores.toFixed(2))} cores`, state: isLow ? 'low' : 'ok', means, fix };
}

function memory({ memoryBytes, memoryIsLimited }: Machine, load: CheckupLoad): Check {
  const need = BASE_BYTES + load.connections * BYTES_PER_CONNECTION;
  const isLow = memoryBytes < 2 * need;
  return {
    name: 'memory',
    found: `${formatBytes(memoryBytes)}${memoryIsLimited ? ' (limit of the cgroup)' : ''}`,
    state: isLow ? 'low' : 'ok',
    means: `the generator takes about ${formatBytes(need)} for ${count(load)}; a server here takes its own, and the kernel about 4 KB for each end`,
    fix: isLow
      ? `fewer connections, or ${memoryIsLimited ? `a container with --memory ${Math.ceil((2 * need) / 1e9)}g` : 'a machine with more memory'}`
      : null,
  };
}

function clock({ clockSource }: Machine): Check {
  const name = 'clock source';
  const means = 'reading the time costs 20 ns with tsc and similar sources, and a microsecond or more with others';
  if (clockSource === null) return unknown(name, means);
  const isLow = !EXACT_CLOCKS.has(clockSource);
  const fix = isLow
    ? 'echo tsc > /sys/devices/system/clocksource/clocksource0/current_clocksource, if available_clocksource lists it'
    : null;
  return { name, found: clockSource, state: isLow ? 'low' : 'ok', means, fix };
}

function unknown(name: string, means: string): Check {
  return { name, found: 'unknown', state: 'unknown', means, fix: null };
}

function count({ connections }: CheckupLoad): string {
  return `${formatCount(connections)} ${connections === 1 ? 'connection' : 'connections'}`;
}
