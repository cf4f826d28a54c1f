import type { ServerProbe, ServerSample } from '../coordinator/coordinator.js';
import { SERVER_SECOND_VERSION, type ServerSecond } from '../metrics/seconds/server-second.js';
import type { CampaignEvent } from './events.js';

const SECOND_MS = 1000;
/** A last stretch shorter than this is not reported, because CPU time comes in steps of 10 ms. */
const SHORTEST_MS = 200;

interface Look {
  /** From the start of the measured time. */
  readonly measuredMs: number;
  /** The process that was looked at; null if there is none. */
  readonly pid: number | null;
  readonly server: ServerSample | null;
  readonly machineCpuMs: number | null;
}

export interface ServerSamplerDeps {
  readonly server: ServerProbe;
  /** CPU time of all cores of this machine since boot, without idle time, ms; null if the system does not tell. */
  readonly machineCpuMs: () => number | null;
}

/**
 * Looks at the server's process and at this machine once a second of the measured time. In the coordinator's thread,
 * which owns no socket of the load; a look takes a few reads of /proc.
 */
export class ServerSampler {
  readonly #deps: ServerSamplerDeps;
  /** When the measured time of the running cell began, ms from the start of the cell. */
  #startMs = 0;
  /** Null outside of the measured time. */
  #last: Look | null = null;

  constructor(deps: ServerSamplerDeps) {
    this.#deps = deps;
  }

  /** The second of the server that ends with this event; null where none does. To be asked of every event, once. */
  secondUntil(event: CampaignEvent): ServerSecond | null {
    if ((event.type !== 'phase' && event.type !== 'second') || event.role !== 'measured') return null;
    const before = this.#last;
    if (event.type === 'phase' && event.phase === 'measure') {
      this.#startMs = event.atMs;
      this.#last = this.#look(0);
      return null;
    }
    if (before === null) return null;
    // A second of the measured time, or the phase that ends the measured time.
    const look = this.#look(event.atMs - this.#startMs);
    this.#last = event.type === 'second' ? look : null;
    return secondBetween(event.cell.id, before, look);
  }

  #look(measuredMs: number): Look {
    const { server, machineCpuMs } = this.#deps;
    return { measuredMs, pid: server.pid, server: server.sample({ openFds: false }), machineCpuMs: machineCpuMs() };
  }
}

/** Null where the time between the looks is too short to say anything, or nothing is known of it. */
function secondBetween(cell: string, before: Look, after: Look): ServerSecond | null {
  const elapsedMs = after.measuredMs - before.measuredMs;
  const server = serverBetween(before, after);
  const machineCpuMs = lessOf(after.machineCpuMs, before.machineCpuMs);
  if (elapsedMs < SHORTEST_MS || (server === null && machineCpuMs === null)) return null;
  const second = Math.round(before.measuredMs / SECOND_MS);
  return { v: SERVER_SECOND_VERSION, cell, second, elapsedMs, server, machineCpuMs };
}

/** Null for a second in which the server was restarted or a child process ended: its CPU time cannot be known. */
function serverBetween(before: Look, after: Look): ServerSecond['server'] {
  if (before.server === null || after.server === null || before.pid !== after.pid) return null;
  const cpuMs = after.server.cpuMs - before.server.cpuMs;
  return cpuMs < 0 ? null : { cpuMs, rssBytes: after.server.rssBytes };
}

function lessOf(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : Math.max(0, a - b);
}
