import { parseCount, parseRatePerSecond } from '../units.js';
import { suggest } from './did-you-mean.js';
import type { Path } from './document.js';
import { quoted } from './problem-list.js';
import type { Load, MetricName, Threshold } from './profile.js';
import type { Resolution } from './resolution.js';
import type { ThresholdsInput } from './schema.js';
import { type MetricKey, parseExpression, parseMetricKey } from './threshold-text.js';

/** Metrics of messages, which are known for each request. */
const OF_REQUESTS: ReadonlySet<MetricName> = new Set([
  'ws_response_time',
  'ws_service_time',
  'ws_send_lag',
  'ws_msgs_sent',
  'ws_msgs_lost',
  'ws_msgs_duplicated',
  'ws_msgs_reordered',
  'ws_msgs_corrupted',
  'ws_msgs_answered',
]);

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
  checkRequest({ metric, selector }, named === undefined ? loads : loads.filter(({ name }) => name === named), wrong);
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

/** A request is known by name only where its messages are counted apart. */
function checkRequest(
  { metric, selector }: MetricKey,
  loads: readonly Load[],
  wrong: (message: string, hint: string) => void,
): void {
  const wanted = selector['request'];
  if (wanted === undefined) return;
  if (!OF_REQUESTS.has(metric)) {
    wrong('is not known for single requests', `of requests there are ${[...OF_REQUESTS].join(', ')}`);
    return;
  }
  // What a script calls its requests is not known here.
  if (loads.some(({ talk }) => talk !== null && talk.script !== null)) return;
  const names = [...new Set(loads.flatMap(({ talk }) => talk?.requests.map(({ name }) => name) ?? []))];
  if (names.includes(wanted)) return;
  const hint = names.length === 0 ? 'requests: [{ name: ..., send: ... }] would name them' : suggest(wanted, names);
  wrong(`there is no request ${quoted(wanted)}`, hint);
}

/** The total rates of the cells of a load. */
function totalRates(load: Load): number[] {
  if (load.ratePer === 'total') return load.rates.map((span) => span.to);
  return load.rates.flatMap((rate) => load.connections.map((connections) => rate.to * connections.to));
}
