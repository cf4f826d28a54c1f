import { type CellDeps, type CellObserver, runCell, type ServerProbe } from '../coordinator/coordinator.js';
import type { CellResult, NullTwin } from '../metrics/cell-result.js';
import type { Cell, Endpoint } from '../plan/cell.js';
import { twinOf } from '../plan/null-twin.js';
import { judgeTwin } from '../verdict/null-twin.js';

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

  /** `deps`: of the cells themselves. */
  constructor({ endpoint, server, preWarm }: TwinServer, deps: CellDeps) {
    this.#preWarm = preWarm;
    this.#deps = { ...deps, endpoint, server };
  }

  async warmUp(observer: CellObserver): Promise<void> {
    if (this.#preWarm !== null) await runCell(this.#preWarm, this.#deps, observer);
  }

  /** The result of a cell with its twin beside it. A cell that was cut short has none. */
  async beside(cell: Cell, result: CellResult, observer: CellObserver): Promise<CellResult> {
    return { ...result, nullTwin: await this.#twinOf(cell, result, observer) };
  }

  async #twinOf(cell: Cell, { interrupted, connections }: CellResult, observer: CellObserver): Promise<NullTwin> {
    const twin = twinOf(cell);
    if (twin.cell === null) return { status: 'none', reason: twin.reason };
    if (interrupted || this.#deps.stop.aborted) return { status: 'none', reason: 'interrupted' };
    if (connections.opened === 0) return { status: 'none', reason: 'the target took no connection' };
    return judgeTwin(await runCell(twin.cell, this.#deps, observer));
  }
}
