import { usageError } from '../errors.js';
import type { Scenario } from './check.js';

export interface Selection {
  /** The scenarios to run, with the checks that are wanted of each. */
  readonly scenarios: readonly Scenario[];
  /** Ids of checks that are shown as left out. */
  readonly skip: ReadonlySet<string>;
}

/**
 * What `--only 3,7` and `--skip 8.4` leave: scenarios by number or name, checks by id. Throws a usage error that names
 * the valid ones for a word that is none, and where nothing is left.
 */
export function selectChecks(
  scenarios: readonly Scenario[],
  only: readonly string[],
  skip: readonly string[],
): Selection {
  for (const [flag, words] of [['--only', only] as const, ['--skip', skip] as const]) {
    for (const word of words) if (!isKnown(scenarios, word)) throw unknown(scenarios, flag, word);
  }
  const wanted = scenarios.flatMap((scenario) => {
    const checks = scenario.checks.filter(
      ({ id }) => only.length === 0 || only.some((word) => names(word, scenario, id)),
    );
    return checks.length === 0 ? [] : [{ ...scenario, checks }];
  });
  const left = wanted.flatMap((scenario) =>
    scenario.checks.filter(({ id }) => skip.some((word) => names(word, scenario, id))).map(({ id }) => id),
  );
  if (left.length === wanted.reduce((sum, { checks }) => sum + checks.length, 0)) {
    throw usageError('nothing_to_check', '--skip leaves nothing to check', 'leave out less');
  }
  return { scenarios: wanted, skip: new Set(left) };
}

function names(word: string, scenario: Scenario, id: string): boolean {
  return word === id || word === String(scenario.number) || word === scenario.name;
}

function isKnown(scenarios: readonly Scenario[], word: string): boolean {
  return scenarios.some((scenario) => scenario.checks.some(({ id }) => names(word, scenario, id)));
}

function unknown(scenarios: readonly Scenario[], flag: string, word: string): Error {
  const shown = word.slice(0, 40);
  // A scenario that is there but lacks the check named: its own are the likeliest meant.
  const near = scenarios.find(({ number }) => word.startsWith(`${number}.`));
  const valid =
    near === undefined
      ? scenarios.map(({ number, name }) => (number === name ? name : `${number} (${name})`))
      : near.checks.map(({ id }) => id);
  return usageError(
    'unknown_check',
    `${flag} ${JSON.stringify(shown)} names no scenario or check`,
    `one of ${valid.join(', ')}`,
  );
}
