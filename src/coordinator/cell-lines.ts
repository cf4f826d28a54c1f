import { type Group, LOCAL } from '../metrics/group-end.js';
import type { Interval } from '../metrics/interval.js';
import { LineSum } from '../metrics/line-sum.js';
import { agentSecondOf } from '../metrics/seconds/agent-second.js';
import type { CellEvent } from './cell-events.js';

/** How long the line of one agent waits for those of the others, ms. */
const WAIT_MS = 1000;
/** The name of all agents together in the lines that they share. */
const FLEET = 'fleet';

/**
 * Tells of a cell's lines: of each line of this machine's workers as it comes; of agents once a second with one line of
 * them all, which has all histograms, and a short one of each. A thousand agents write 30 MB a second.
 */
export class CellLines {
  readonly #groups: readonly Group[];
  readonly #emit: (event: CellEvent) => void;
  readonly #sum: LineSum;
  readonly #told = new Set<string>();
  #timer: NodeJS.Timeout | null = null;

  constructor(cellId: string, groups: readonly Group[], emit: (event: CellEvent) => void) {
    this.#groups = groups;
    this.#emit = emit;
    const workers = groups.reduce((most, group) => Math.max(most, group.workers[1]), 0);
    this.#sum = new LineSum({ agent: FLEET, cell: cellId, workers: [0, workers] });
  }

  add(line: Interval): void {
    const [first] = this.#groups;
    if (first?.name === LOCAL) return this.#emit({ type: 'line', line });
    this.#emit({ type: 'agent-second', second: agentSecondOf(line) });
    this.#sum.add(line);
    this.#told.add(line.agent);
    if (this.#told.size === this.#groups.length) return this.flush();
    this.#timer ??= setTimeout(() => this.flush(), WAIT_MS);
  }

  /** Tells of what has come, if anything has. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#told.clear();
    for (const line of this.#sum.take()) this.#emit({ type: 'line', line });
  }
}
