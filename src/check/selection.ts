import { usageError } from '../errors.js';
import { type Scenario, skipped } from './check.js';
import type { Expectations } from './expectations.js';
import type { Found } from './look/server-kind.js';
import { codeText } from './outcome/sentence.js';
import { NEED_NO_OPEN_CONNECTION } from './outcome/shut-out.js';

export interface Selection {
  /** The scenarios to run, each with its selected checks. */
  readonly scenarios: readonly Scenario[];
  /** Ids of checks that are shown as left out. */
  readonly skip: ReadonlySet<string>;
}

/**
 * Applies `--only 3,7` and `--skip 8.4`: scenarios by number or name, checks by id. Throws a usage error that lists the
 * valid words if a word is wrong or nothing is left.
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

/**
 * The same selection; if the server keeps no connection open, all checks that need an open connection are skipped.
 * Checks see by themselves what else is not promised.
 */
export function checkable(selection: Selection, { kind }: Found, { echo }: Pick<Expectations, 'echo'>): Selection {
  if (kind.name !== 'closes' || echo !== null) return selection;
  const reason = `the server closes every connection at once (${codeText(kind)}): send what it asks for, a header or a token (-H, or target of the profile)`;
  const scenarios = selection.scenarios.map((scenario) => {
    if (scenario.number === 'security') return scenario;
    const checks = scenario.checks.map((check) => {
      return NEED_NO_OPEN_CONNECTION.has(check.id) ? check : { ...check, run: () => Promise.resolve(skipped(reason)) };
    });
    return { ...scenario, checks };
  });
  return { ...selection, scenarios };
}

function names(word: string, scenario: Scenario, id: string): boolean {
  return word === id || word === String(scenario.number) || word === scenario.name;
}

function isKnown(scenarios: readonly Scenario[], word: string): boolean {
  return scenarios.some((scenario) => scenario.checks.some(({ id }) => names(word, scenario, id)));
}

function unknown(scenarios: readonly Scenario[], flag: string, word: string): Error {
  const shown = word.slice(0, 40);
  // The scenario exists, but has no such check: suggest its own checks.
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
