import type { Check, Outcome, Scenario } from './check.js';

/** The outcome of a check, and how long the check took. */
export interface Timed {
  readonly outcome: Outcome;
  readonly tookMs: number;
}

/**
 * Checks that only wait, for example for a ping. They are started before all others and run at the same time as
 * scenarios that allow it. Each is reported in its place in the order.
 */
export class Beside {
  readonly #begun: ReadonlyMap<Check, Promise<Timed>>;

  /** `perform` never rejects. `isSlow`: the server answers slowly, so more checks spend their time waiting. */
  constructor(scenarios: readonly Scenario[], isSlow: boolean, perform: (check: Check) => Promise<Timed> | null) {
    const begun = new Map<Check, Promise<Timed>>();
    const waits = (
      { allowsOthers = false }: Scenario,
      { onlyWaits = false, isRough = false, isPaced = false, onlyWaitsIfSlow = false }: Check,
    ) => {
      return onlyWaits || (isSlow && (onlyWaitsIfSlow || (allowsOthers && !isRough && !isPaced)));
    };
    for (const check of scenarios.flatMap((each) => each.checks.filter((check) => waits(each, check)))) {
      const timed = perform(check);
      if (timed !== null) begun.set(check, timed);
    }
    this.#begun = begun;
  }

  /** The outcome of a check that was started here; undefined for any other check. */
  of(check: Check): Promise<Timed> | undefined {
    return this.#begun.get(check);
  }

  /** Resolves when all are done. */
  async done(): Promise<void> {
    await Promise.all(this.#begun.values());
  }
}
