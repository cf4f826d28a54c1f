import { type CellDeps, runCell, type ServerProbe } from '../coordinator/coordinator.js';
import type { CellResult, NullTwin } from '../metrics/cell-result.js';
import type { Cell, Endpoint } from '../plan/cell.js';
import { twinOf } from '../plan/null-twin.js';
import { judgeTwin } from '../verdict/null-twin.js';
import { type EventSink, ofCell } from './events.js';

/** An echo that does nothing else, in a process of its own, up and idle. */
export interface TwinServer {
  readonly endpoint: Endpoint;
  readonly server: ServerProbe;
  /** Run first, its results thrown away: a cold echo would set the floor too high. */
  readonly preWarm: Cell | null;
}

/** Runs the null twins of a campaign: each right after its cell, by the same workers. */
export class NullTwins {
  readonly #preWarm: Cell | null;
  readonly #deps: CellDeps;
  readonly #emit: EventSink;

  /** `deps`: of the cells themselves. */
  constructor({ endpoint, server, preWarm }: TwinServer, deps: CellDeps, emit: EventSink) {
    this.#preWarm = preWarm;
    this.#deps = { ...deps, endpoint, server };
    this.#emit = emit;
  }

  async warmUp(): Promise<void> {
    if (this.#preWarm !== null) await this.#run(this.#preWarm);
  }

  /** The result of a cell with its twin beside it. A cell that was cut short has none. */
  async beside(cell: Cell, result: CellResult): Promise<CellResult> {
    return { ...result, nullTwin: await this.#twinOf(cell, result) };
  }

  async #twinOf(cell: Cell, { interrupted, connections }: CellResult): Promise<NullTwin> {
    const twin = twinOf(cell);
    if (twin.cell === null) return { status: 'none', reason: twin.reason };
    if (interrupted || this.#deps.stop.aborted) return { status: 'none', reason: 'interrupted' };
    if (connections.opened === 0) return { status: 'none', reason: 'the target took no connection' };
    return judgeTwin(await this.#run(twin.cell));
  }

  #run(cell: Cell): Promise<CellResult> {
    return runCell(cell, this.#deps, ofCell(cell, 'baseline', this.#emit));
  }
}
