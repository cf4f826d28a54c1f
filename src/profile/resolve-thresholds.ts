import { parseCount, parseRatePerSecond } from '../units.js';
import { suggest } from './did-you-mean.js';
import type { Path } from './document.js';
import { METRIC_NAMES, METRICS } from './metrics.js';
import { quoted } from './problem-list.js';
import type { Load, MetricName, Threshold } from './profile.js';
import type { Resolution } from './resolution.js';
import type { ThresholdsInput } from './schema.js';
import { type MetricKey, parseExpression, parseMetricKey } from './threshold-text.js';

const STEP_TIME = 'ws_step_time';

type Entry = Extract<ThresholdsInput[string], readonly unknown[]>[number];

/** All thresholds of the profile, in the order written. */
export function resolveThresholds(
  input: ThresholdsInput | undefined,
  loads: readonly Load[],
  resolution: Resolution,
): Threshold[] {
  const { problems } = resolution;
  return Object.entries(input ?? {}).flatMap(([key, written]) => {
    const path = ['thresholds', key];
    const parsed = parseMetricKey(key);
    if ('message' in parsed) {
      problems.rule({ path, at: 'key', ...parsed });
      return [];
    }
    checkSelector(parsed, loads, path, resolution);
    const entries: readonly Entry[] = Array.isArray(written) ? written : [written];
    return entries.flatMap((entry, index) => {
      const threshold = resolveThreshold(parsed, entry, Array.isArray(written) ? [...path, index] : path, resolution);
      return threshold === null ? [] : [threshold];
    });
  });
}

function resolveThreshold(
  { metric, selector }: MetricKey,
  entry: Entry,
  at: Path,
  { problems }: Resolution,
): Threshold | null {
  const options = typeof entry === 'string' ? { threshold: entry } : entry;
  const path = typeof entry === 'string' ? at : [...at, 'threshold'];
  const expression = parseExpression(options.threshold, metric);
  if ('delayAbortEval' in options && options.delayAbortEval !== undefined && options.abortOnFail !== true) {
    const finding = {
      path: [...at, 'delayAbortEval'],
      at: 'key' as const,
      message: 'has no effect without abortOnFail: true',
    };
    problems.rule(finding, [[...at, 'abortOnFail']]);
  }
  if ('message' in expression) {
    problems.rule({ path, ...expression });
    return null;
  }
  return {
    metric,
    selector,
    expression: options.threshold.trim(),
    ...expression,
    title: options.title ?? null,
    gate: options.gate ?? true,
    abortOnFail: options.abortOnFail ?? false,
    delayAbortEvalMs: options.delayAbortEval ?? 0,
  };
}

/** A selector that can never match is a mistake: the threshold would never have samples. */
function checkSelector(
  { metric, selector }: MetricKey,
  loads: readonly Load[],
  path: Path,
  { problems }: Resolution,
): void {
  const wrong = (message: string, hint: string) => problems.rule({ path, at: 'key', message, hint }, [['load']]);
  const names = loads.map((load) => load.name);
  const named = selector['load'] ?? selector['cell']?.split('/')[0];
  if (named !== undefined && !names.includes(named)) {
    wrong(`there is no load ${quoted(named)}`, suggest(named, names));
    return;
  }
  if (selector['engine'] !== undefined && !['ws', 'uws'].includes(selector['engine'])) {
    wrong(`there is no engine ${quoted(selector['engine'])}`, 'ws or uws');
  }
  if (selector['code'] !== undefined && (metric !== 'ws_close_codes' || !/^[1-4]\d{3}$/.test(selector['code']))) {
    wrong(`code:${selector['code'].slice(0, 20)} does not fit`, 'a close code such as 1006, with ws_close_codes');
  }
  checkReaches(metric, named === undefined ? loads : loads.filter(({ name }) => name === named), wrong);
  checkNamed({ metric, selector }, named === undefined ? loads : loads.filter(({ name }) => name === named), wrong);
  const among = named === undefined ? loads : loads.filter((load) => load.name === named);
  const asked = {
    connections: among.flatMap((load) => load.connections.map((span) => span.to)),
    rate: among.flatMap((load) => totalRates(load)),
  };
  for (const axis of ['connections', 'rate'] as const) {
    const wanted = selector[axis];
    const value = wanted === undefined ? null : axis === 'rate' ? parseRatePerSecond(wanted) : parseCount(wanted);
    if (wanted === undefined || (value !== null && asked[axis].includes(value))) continue;
    wrong(`no load has ${axis} ${quoted(wanted)}`, `one of: ${[...new Set(asked[axis])].join(', ')}`);
  }
}

/** A metric of deliveries has no value where no message reaches others. What a script sends is not known here. */
function checkReaches(
  metric: MetricName,
  loads: readonly Load[],
  wrong: (message: string, hint: string) => void,
): void {
  if (METRICS[metric].ofDeliveries !== true || loads.length === 0) return;
  if (loads.some(({ talk }) => talk !== null && (talk.deliver !== undefined || talk.script !== null))) return;
  wrong('is about messages that reach many connections, and no request does', 'say it of a request: reaches: room');
}

/** Requests and steps are known by name only to metrics that tell them apart. */
function checkNamed(
  { metric, selector }: MetricKey,
  loads: readonly Load[],
  wrong: (message: string, hint: string) => void,
): void {
  const talks = loads.flatMap(({ talk }) => talk ?? []);
  for (const key of ['request', 'step'] as const) {
    const wanted = selector[key];
    if (wanted === undefined) continue;
    const metrics = METRIC_NAMES.filter((name) => (key === 'request' ? METRICS[name].byRequest : name === STEP_TIME));
    if (!metrics.includes(metric)) {
      wrong(`knows no single ${key}s`, `these do: ${metrics.join(', ')}`);
      continue;
    }
    // What a script calls its requests and steps is not known here.
    if (talks.some(({ script }) => script !== null)) continue;
    const list = talks.flatMap((talk) => [...(key === 'request' ? talk.requests : talk.session)]);
    const names = [...new Set(list.flatMap(({ name }) => name ?? []))];
    if (names.includes(wanted)) {
      const reaches = talks.some(({ requests }) => requests.some((r) => r.name === wanted && r.reaches !== undefined));
      if (METRICS[metric].ofDeliveries === true && talks.some(({ deliver }) => deliver !== undefined) && !reaches)
        wrong(`${quoted(wanted)} reaches no other connections`, 'name a request that says reaches');
      continue;
    }
    const none = key === 'request' ? 'requests: [{ name: ..., send: ... }]' : 'session: [{ name: ..., send: ... }]';
    wrong(
      `there is no ${key} ${quoted(wanted)}`,
      names.length === 0 ? `${none} would name them` : suggest(wanted, names),
    );
  }
}

/** The total rates of the cells of a load. */
function totalRates(load: Load): number[] {
  if (load.ratePer === 'total') return load.rates.map((span) => span.to);
  return load.rates.flatMap((rate) => load.connections.map((connections) => rate.to * connections.to));
}
