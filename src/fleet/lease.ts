import { Leash } from '../engine/pacing/leash.js';
import type { Interval } from '../metrics/interval.js';
import type { AgentCell, AgentThreads } from './agent-cell.js';
import type { Ways } from './agent-way.js';
import { RowStore } from './row-pieces.js';

/** Keeps the lines of an agent's workers in one run, for its owner. Neither call fails. */
export interface LineKeeper {
  add(line: Interval): void;
  /** Resolves when what was added is kept. */
  close(): Promise<void>;
}

/** What an agent keeps while it works for one run. */
export class Lease {
  readonly run: string;
  /** Who asked, as others are told. */
  readonly by: string;
  /** Wall time, as others are told. */
  readonly since: string;
  readonly instrumentCheck: boolean;
  readonly ways: Ways;
  readonly keeper: LineKeeper | null;
  /** Of the newest cell. */
  epoch: number;
  cell: AgentCell | null = null;
  readonly rows = new RowStore();
  /** Its threads load nothing once it is over. */
  readonly leash = new Leash();
  /** Cells that were begun. */
  cells = 0;
  readonly #ended = new AbortController();
  #threads: { readonly workers: number; readonly threads: AgentThreads } | null = null;

  constructor(
    { run, by, epoch, instrumentCheck }: Pick<Lease, 'run' | 'by' | 'epoch' | 'instrumentCheck'>,
    since: string,
    ways: Ways,
    keeper: LineKeeper | null,
  ) {
    this.run = run;
    this.by = by;
    this.epoch = epoch;
    this.instrumentCheck = instrumentCheck;
    this.since = since;
    this.ways = ways;
    this.keeper = keeper;
  }

  /** Aborted when the agent no longer works for this run. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  end(): void {
    this.#ended.abort();
  }

  /** As many threads as a cell needs; the same ones for the next cell. Null: the lease has ended. */
  async threads(workers: number, make: (workers: number) => AgentThreads): Promise<AgentThreads | null> {
    if (this.#threads?.workers !== workers) await this.disposeThreads();
    if (this.ended.aborted) return null;
    this.#threads ??= { workers, threads: make(workers) };
    return this.#threads.threads;
  }

  async disposeThreads(): Promise<void> {
    const had = this.#threads;
    this.#threads = null;
    await had?.threads.dispose();
  }
}
