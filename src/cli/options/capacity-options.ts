import { fileURLToPath } from 'node:url';
import type { Axis } from '../../campaign/capacity-source.js';
import { type Problem, profileError } from '../../errors.js';
import { MODELS } from '../../plan/models.js';
import type { ReadFile } from '../../profile/file-text.js';
import type { Env } from '../../profile/interpolate.js';
import { METRICS } from '../../profile/metrics.js';
import { quoted } from '../../profile/problem-list.js';
import type { Threshold } from '../../profile/profile.js';
import { parseExpression, parseMetricKey } from '../../profile/threshold-text.js';
import { parseCount, parseRatePerSecond } from '../../units.js';
import { AXES, CAPACITY, CAPACITY_START, DEFAULT_SLO } from '../flags/capacity.js';
import { type FlagValues, type Given, needlessNote, readFlags, uniqueProblems } from './flag-values.js';
import { givenRun, type RunRequest, readRun } from './run-options.js';
import { isUrl } from './url-word.js';

/** The profile of a search without a named one: it finds the capacity of the reference server. */
const OWN_PROFILE = fileURLToPath(new URL('../../../../profiles/capacity.yaml', import.meta.url));

export interface CapacityRequest extends RunRequest {
  readonly axis: Axis;
  readonly slo: Threshold;
  /** As given to `--slo`. */
  readonly sloText: string;
  readonly max: number | null;
  readonly require: number | null;
  /** A remark about flags that change nothing; null if there are none. */
  readonly note: string | null;
}

/** What a command line asks for. Throws with every problem of its flags, or else of the profile. */
export async function toCapacity(
  argv: Readonly<Record<string, unknown>>,
  env: Env,
  readText: ReadFile,
): Promise<CapacityRequest> {
  const values = readFlags(CAPACITY, argv, env);
  const { problems } = values;
  const axis = values.choice('axis', AXES, 'is none') ?? 'connections';
  const [max, require] = [levelOf(values, 'max', axis), levelOf(values, 'require', axis)];
  const given = values.text('slo');
  const asked = sloOf(given ?? { value: DEFAULT_SLO, origin: '--slo' }, problems);
  const run = givenRun(runArgv(argv, values, axis), env, readText, CAPACITY);
  const all = uniqueProblems([...problems, ...run.values.problems]);
  if (asked === null || all.length > 0) throw profileError(all);
  const request = await readRun(run, env, readText);
  const isByService = request.parsed.profile.load.some(({ model }) => MODELS[model].headline === 'service');
  const sloText = given?.value ?? (isByService ? SERVICE_SLO : DEFAULT_SLO);
  const slo = given === null && isByService ? sloOf({ value: SERVICE_SLO, origin: '--slo' }, [])! : asked;
  return {
    ...request,
    axis,
    slo,
    sloText,
    max,
    require,
    note: needlessNote(values, ['lenient', 'strict'], 'bounds decide the steps'),
  };
}

/** The default where no message is due at a planned instant, so that there is no response time. */
const SERVICE_SLO = DEFAULT_SLO.replace('response', 'service');

/** The flags of the run that starts the search: a bare URL gets a first load, and no profile means the shipped one. */
function runArgv(
  argv: Readonly<Record<string, unknown>>,
  values: FlagValues,
  axis: Axis,
): Readonly<Record<string, unknown>> {
  const named = values.word('profile');
  if (named === null) return { ...argv, profile: OWN_PROFILE };
  if (!isUrl(named)) return argv;
  const run: Record<string, unknown> = { ...argv };
  const keys = values.list('set').map(loadKeySet);
  if (!values.isGiven('connections') && !keys.includes('connections')) {
    run['connections'] = CAPACITY_START.connections;
  }
  if (!values.isGiven('duration')) run['duration'] = CAPACITY_START.duration;
  const isPaced = PACED.some((name) => values.isGiven(name)) || PACED_KEYS.some((key) => keys.includes(key));
  if (isPaced) return run;
  if (axis === 'rate') run['rate'] = CAPACITY_START.rate;
  else run['rate-per-connection'] = CAPACITY_START.ratePerConnection;
  return run;
}

/** Flags that set the pace of a bare URL, and the keys of its load that do so through `--set`. */
const PACED = ['rate', 'rate-per-connection', 'model'] as const;
const PACED_KEYS = ['rate', 'ratePerConnection', 'model'];

/** The key that `--set load.0.rate=200/s` sets in a bare URL's load; null if it sets something else. */
function loadKeySet({ value }: { readonly value: string }): string | null {
  const [, key] = /^\s*load\.(?:0|load)\.(?:sweep\.)?(\w+)\s*=/.exec(value) ?? [];
  return key ?? null;
}

function levelOf(values: FlagValues, name: 'max' | 'require', axis: Axis): number | null {
  const given = values.text(name);
  if (given === null) return null;
  const value = axis === 'connections' ? parseCount(given.value) : parseRatePerSecond(given.value);
  if (value !== null && value > 0 && (axis !== 'connections' || Number.isInteger(value))) return value;
  const hint = axis === 'connections' ? 'a count of connections: 1000, 5k' : 'messages per second: 500/s, 5k';
  values.refuse(given.origin, `${quoted(given.value)} is none`, hint);
  return null;
}

/** `metric expression`, with or without a colon between them. */
function sloOf({ value: text, origin: where }: Given<string>, problems: Problem[]): Threshold | null {
  const example = `write it like --slo '${DEFAULT_SLO}'`;
  const [, key, expression] = /^\s*(\w+)\s*:?\s+(.*?)\s*$/.exec(text) ?? /^\s*(\w+)\s*:\s*(.*?)\s*$/.exec(text) ?? [];
  if (key === undefined || !expression) {
    problems.push({ where, message: `${quoted(text)} is no SLO`, hint: example });
    return null;
  }
  const metric = parseMetricKey(key);
  if ('message' in metric) {
    problems.push({ where, ...metric });
    return null;
  }
  const parsed = parseExpression(expression, metric.metric);
  if ('message' in parsed) {
    problems.push({ where, ...parsed });
    return null;
  }
  if (METRICS[metric.metric].type !== 'trend' || (parsed.comparison !== '<' && parsed.comparison !== '<=')) {
    problems.push({ where, message: `${quoted(text)} is no upper limit on a duration`, hint: example });
    return null;
  }
  return { ...metric, ...parsed, expression, title: null, gate: true, abortOnFail: false, delayAbortEvalMs: 0 };
}
