import type { CampaignEvent } from '../campaign/events.js';
import type { CellResult, SecondResult } from '../metrics/cell-result.js';
import { fanoutOf } from '../plan/fanout.js';

/**
 * A second is told when it has been over for this long: by then every worker has reported it. Where messages reach
 * others, who missed one is known only after the timeout of the deliveries, so that is waited for as well.
 */
const SETTLE_MS = 1000;
const SECOND_MS = 1000;
const PHASES = ['warmup', 'measure'] as const;

type Told = (typeof PHASES)[number];

/** The seconds of one cell's load, each handed on once, in order. */
export class ToldSeconds {
  /** Of each phase that has begun: when, and its first second that has not been told. */
  readonly #phases = new Map<Told, { readonly startMs: number; next: number }>();

  /** Takes in that a phase begins. */
  enter({ phase, atMs }: Extract<CampaignEvent, { type: 'phase' }>): void {
    if (phase === 'warmup' || phase === 'measure') this.#phases.set(phase, { startMs: atMs, next: 0 });
  }

  /** The seconds that have settled since the last call. */
  *settled({ atMs, progress, cell }: Extract<CampaignEvent, { type: 'second' }>): Generator<SecondResult> {
    const settleMs = SETTLE_MS + (fanoutOf(cell)?.timeoutMs ?? 0);
    for (const [phase, told] of this.#phases) {
      while (told.startMs + (told.next + 1) * SECOND_MS + settleMs <= atMs) {
        const second = progress.second(phase, told.next++);
        if (second !== null) yield second;
      }
    }
  }

  /** The seconds that had not settled when the cell was over. */
  rest({ seconds }: CellResult): readonly SecondResult[] {
    return seconds.filter(({ phase, second }) => second >= (this.#phases.get(phase)?.next ?? 0));
  }
}
