import type { ServerProbe, ServerSample } from '../coordinator/coordinator.js';
import { SERVER_SECOND_VERSION, type ServerSecond } from '../metrics/seconds/server-second.js';
import type { EventSink } from './events.js';

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
  readonly onSecond: (second: ServerSecond) => void;
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

  readonly sink: EventSink = (event) => {
    if ((event.type !== 'phase' && event.type !== 'second') || event.role !== 'measured') return;
    if (event.type === 'phase' && event.phase === 'measure') {
      this.#startMs = event.atMs;
      this.#last = this.#look(0);
    } else if (this.#last !== null) {
      // Its seconds, and the phase that ends it.
      const look = this.#look(event.atMs - this.#startMs);
      this.#tell(event.cell.id, this.#last, look);
      this.#last = event.type === 'second' ? look : null;
    }
  };

  #look(measuredMs: number): Look {
    const { server, machineCpuMs } = this.#deps;
    return { measuredMs, pid: server.pid, server: server.sample({ openFds: false }), machineCpuMs: machineCpuMs() };
  }

  #tell(cell: string, before: Look, after: Look): void {
    const elapsedMs = after.measuredMs - before.measuredMs;
    const server = serverBetween(before, after);
    const machineCpuMs = lessOf(after.machineCpuMs, before.machineCpuMs);
    if (elapsedMs < SHORTEST_MS || (server === null && machineCpuMs === null)) return;
    this.#deps.onSecond({
      ...{ v: SERVER_SECOND_VERSION, cell, second: Math.round(before.measuredMs / SECOND_MS) },
      ...{ elapsedMs, server, machineCpuMs },
    });
  }
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
