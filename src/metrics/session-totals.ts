import assert from 'node:assert/strict';
import type { Quantiles, SessionResult } from './cell-result.js';
import { Totals } from './histogram.js';
import type { ScriptDelta, SessionDelta } from './interval.js';
import { summarize } from './quantiles.js';

/** How long sessions took until they were ready, and their named steps, added up over workers. */
export class SessionTotals {
  #early = 0;
  readonly #ready = new Totals();
  readonly #steps: readonly { readonly name: string; readonly times: Totals }[];
  /** Of the script, in the order in which they were first asked. */
  readonly #asks = new Map<string, Totals>();

  constructor(named: readonly { readonly name: string }[]) {
    this.#steps = named.map(({ name }) => ({ name, times: new Totals() }));
  }

  /** Sessions that became ready. */
  get ready(): number {
    return this.#ready.count;
  }

  add({ early = 0, ready, steps }: SessionDelta): void {
    this.#early += early;
    assert(
      steps.length === this.#steps.length,
      `${steps.length} named steps, but the session has ${this.#steps.length}`,
    );
    this.#ready.add(ready);
    for (const [step, times] of steps.entries()) this.#steps[step]!.times.add(times);
  }

  addAsks(asks: ScriptDelta['asks']): void {
    for (const { name, us } of asks) {
      const times = this.#asks.get(name) ?? new Totals();
      times.add(us);
      this.#asks.set(name, times);
    }
  }

  /** `missing`: connects that never became ready; they rank last. */
  result(missing: number, seed: number, isEncoded: boolean): SessionResult {
    const summary = (times: Totals, otherCensored: number): Quantiles =>
      summarize(times, { timedOut: 0, otherCensored: times.count === 0 ? 0 : otherCensored, timeoutUs: 0, seed });
    const encoded = (times: Totals) => (isEncoded ? times.encode() : '');
    return {
      ...(this.#early === 0 ? {} : { early: this.#early }),
      readyUs: summary(this.#ready, missing),
      readyHistogram: encoded(this.#ready),
      steps: [...this.#steps, ...[...this.#asks].map(([name, times]) => ({ name, times }))].map(({ name, times }) => ({
        name,
        us: summary(times, 0),
        histogram: encoded(times),
      })),
    };
  }
}
