import type { EventSink } from './events.js';

/** Memory that this machine's kernel used for sockets around a cell, bytes; null where the system does not tell. */
export interface SocketMemory {
  /** All connections open and silent. */
  readonly idle: number | null;
  /** At the end of the measured time. */
  readonly loaded: number | null;
}

/** Reads the kernel's memory for sockets around every cell. */
export class SocketMemoryProbe {
  readonly #read: () => number | null;
  readonly #byCell = new Map<string, SocketMemory>();

  constructor(read: () => number | null) {
    this.#read = read;
  }

  /** What was read so far, by cell. */
  get byCell(): ReadonlyMap<string, SocketMemory> {
    return this.#byCell;
  }

  /** The load begins with the warm-up, or with the measured time of a cell without one. */
  readonly sink: EventSink = (event) => {
    if (event.type !== 'phase' || event.role !== 'measured') return;
    const { phase, cell } = event;
    if (phase === 'warmup' || (phase === 'measure' && cell.warmupMs === 0)) {
      this.#byCell.set(cell.id, { idle: this.#read(), loaded: null });
    } else if (phase === 'drain') {
      this.#byCell.set(cell.id, { idle: this.#byCell.get(cell.id)?.idle ?? null, loaded: this.#read() });
    }
  };
}
