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

  /** `perform` never rejects. `isSlow`: the checks of a server that answers slowly do little but wait, too. */
  constructor(scenarios: readonly Scenario[], isSlow: boolean, perform: (check: Check) => Promise<Timed> | null) {
    const begun = new Map<Check, Promise<Timed>>();
    const waits = (
      { bearsCompany = false }: Scenario,
      { isPatient = false, isRough = false, isPaced = false, isPatientIfSlow = false }: Check,
    ) => {
      return isPatient || (isSlow && (isPatientIfSlow || (bearsCompany && !isRough && !isPaced)));
    };
    for (const check of scenarios.flatMap((each) => each.checks.filter((check) => waits(each, check)))) {
      const timed = perform(check);
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
