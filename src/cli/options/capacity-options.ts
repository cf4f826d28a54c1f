import { AXES, levelOf, OWN_PROFILE, sloFor, sloOf, startOf } from '../../app/capacity-start.js';
import { looksLikeUrl } from '../../app/profile-source.js';
import type { CapacityTask } from '../../app/tasks.js';
import type { Axis } from '../../campaign/capacity-axis.js';
import { profileError } from '../../errors.js';
import type { ReadFile } from '../../profile/file-text.js';
import type { Env } from '../../profile/interpolate.js';
import { CAPACITY } from '../flags/capacity.js';
import { type FlagValues, needlessNote, readFlags, uniqueProblems } from './flag-values.js';
import { givenRun, type RunSettings, readRunCommand } from './run-options.js';

/** What the command line asks for. */
export interface CapacityCommand extends CapacityTask {
  readonly settings: RunSettings;
  /** A remark about flags that change nothing; null if there are none. */
  readonly note: string | null;
}

/** What a command line asks for. Throws with every problem of its flags, or else of the profile. */
export async function toCapacity(
  argv: Readonly<Record<string, unknown>>,
  env: Env,
  readText: ReadFile,
): Promise<CapacityCommand> {
  const values = readFlags(CAPACITY, argv, env);
  const { problems } = values;
  const axis = values.choice('axis', AXES, 'is none') ?? 'connections';
  const level = (name: 'max' | 'require') => {
    const given = values.text(name);
    return given === null ? null : levelOf(given.value, axis, given.origin, problems);
  };
  const [max, require] = [level('max'), level('require')];
  const given = values.text('slo');
  const asked = sloOf(given?.value ?? null, given?.origin ?? '--slo', problems);
  const run = givenRun(runArgv(argv, values, axis), env, readText, CAPACITY);
  const all = uniqueProblems([...problems, ...run.values.problems]);
  if (asked === null || all.length > 0) throw profileError(all);
  const request = await readRunCommand(run, env, readText);
  return {
    ...request,
    ...sloFor(request.parsed.profile, axis, given?.value ?? null, asked),
    ...{ axis, max, require },
    note: needlessNote(values, ['lenient', 'strict'], 'bounds decide the steps'),
  };
}

/** The flags of the run that starts the search: a bare URL gets a first load, and no profile means the shipped one. */
function runArgv(
  argv: Readonly<Record<string, unknown>>,
  values: FlagValues,
  axis: Axis,
): Readonly<Record<string, unknown>> {
  const named = values.word('profile');
  if (named === null) return { ...argv, profile: OWN_PROFILE };
  if (!looksLikeUrl(named)) return argv;
  const keys = values.list('set').map(loadKeySet);
  const { ratePerConnection, ...start } = startOf(axis, (key) => values.isGiven(flagOf(key)) || keys.includes(key));
  return {
    ...argv,
    ...start,
    ...(ratePerConnection === undefined ? {} : { 'rate-per-connection': ratePerConnection }),
  };
}

function flagOf(key: string): string {
  return key === 'ratePerConnection' ? 'rate-per-connection' : key;
}

/** The key that `--set load.0.rate=200/s` sets in a bare URL's load; null if it sets something else. */
function loadKeySet({ value }: { readonly value: string }): string | null {
  const [, key] = /^\s*load\.(?:0|load)\.(?:sweep\.)?(\w+)\s*=/.exec(value) ?? [];
  return key ?? null;
}
