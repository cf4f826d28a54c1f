import type { Check, Outcome, Scenario } from './check.js';

/** What came of a check, and how long it took. */
export interface Timed {
  readonly outcome: Outcome;
  readonly tookMs: number;
}

/**
 * Checks that do nothing but wait, begun before all others. They run beside scenarios that bear company, and each is
 * reported in its turn.
 */
export class Beside {
  readonly #begun: ReadonlyMap<Check, Promise<Timed>>;

  /** `perform` never rejects. */
  constructor(scenarios: readonly Scenario[], perform: (check: Check) => Promise<Timed> | null) {
    const begun = new Map<Check, Promise<Timed>>();
    for (const check of scenarios.flatMap(({ checks }) => checks)) {
      const timed = check.isPatient === true ? perform(check) : null;
      if (timed !== null) begun.set(check, timed);
    }
    this.#begun = begun;
  }

  /** What came of a check that was begun; undefined for any other. */
  of(check: Check): Promise<Timed> | undefined {
    return this.#begun.get(check);
  }

  /** Resolves when all are done. */
  async done(): Promise<void> {
    await Promise.all(this.#begun.values());
  }
}
