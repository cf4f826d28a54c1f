import type { CellObserver, ServerProbe, ServerSample } from '../coordinator/coordinator.js';
import { SERVER_SECOND_VERSION, type ServerSecond } from '../metrics/seconds/server-second.js';

const EVERY_MS = 1000;
/** A last stretch shorter than this is not reported, because CPU time comes in steps of 10 ms. */
const SHORTEST_MS = 200;

interface Look {
  readonly atMs: number;
  /** The process that was looked at; null if there is none. */
  readonly pid: number | null;
  readonly server: ServerSample | null;
  readonly machineCpuMs: number | null;
}

export interface ServerWatchDeps {
  readonly server: ServerProbe;
  /** CPU time of all cores of this machine since boot, without idle time, ms; null if the system does not tell. */
  readonly machineCpuMs: () => number | null;
  readonly onSecond: (second: ServerSecond) => void;
  /** Monotonic. */
  readonly nowMs: () => number;
}

/**
 * Looks at the server's process and at this machine once a second of the measured time. In the coordinator's thread,
 * which owns no socket of the load; a look takes a few reads of /proc.
 */
export class ServerWatch {
  readonly #deps: ServerWatchDeps;
  #cell = '';
  #startMs = 0;
  #last: Look | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(deps: ServerWatchDeps) {
    this.#deps = deps;
  }

  /**
   * Passes every call on to `observer`. The measured time begins with its phase `measure` and ends with the next phase.
   */
  watching(observer: CellObserver): CellObserver {
    return {
      onPhase: (phase, cell) => {
        this.end();
        if (phase === 'measure') this.#begin(cell.id);
        observer.onPhase(phase, cell);
      },
      onProgress: (merger, cell) => observer.onProgress(merger, cell),
      onInterval: (interval) => observer.onInterval(interval),
    };
  }

  /** Reports the last, incomplete second and stops. Does nothing if nothing is watched. */
  end(): void {
    clearTimeout(this.#timer);
    if (this.#last !== null) this.#tell(this.#last, this.#look());
    this.#last = null;
  }

  #begin(cell: string): void {
    this.#cell = cell;
    this.#last = this.#look();
    this.#startMs = this.#last.atMs;
    this.#wait(this.#last.atMs);
  }

  #wait(nowMs: number): void {
    const passedMs = nowMs - this.#startMs;
    // Counted from the start, not from the last look: a late timer must not move all that follow.
    const untilMs = EVERY_MS - (passedMs % EVERY_MS);
    this.#timer = setTimeout(() => this.#tick(), untilMs < SHORTEST_MS ? untilMs + EVERY_MS : untilMs);
  }

  #tick(): void {
    const look = this.#look();
    if (this.#last !== null) this.#tell(this.#last, look);
    this.#last = look;
    this.#wait(look.atMs);
  }

  #look(): Look {
    const { server, machineCpuMs, nowMs } = this.#deps;
    return { atMs: nowMs(), pid: server.pid, server: server.sample({ openFds: false }), machineCpuMs: machineCpuMs() };
  }

  #tell(before: Look, after: Look): void {
    const elapsedMs = after.atMs - before.atMs;
    const server = serverBetween(before, after);
    const machineCpuMs = lessOf(after.machineCpuMs, before.machineCpuMs);
    if (elapsedMs < SHORTEST_MS || (server === null && machineCpuMs === null)) return;
    this.#deps.onSecond({
      ...{ v: SERVER_SECOND_VERSION, cell: this.#cell, second: Math.round((before.atMs - this.#startMs) / EVERY_MS) },
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
