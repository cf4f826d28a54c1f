/** What a search starts with, and how its limits are read: the same for a command line and for a request. */
import { fileURLToPath } from 'node:url';
import { type Axis, raisesRate } from '../campaign/capacity-axis.js';
import type { Problem } from '../errors.js';
import { MODELS } from '../plan/models.js';
import { METRICS } from '../profile/metrics.js';
import { quoted } from '../profile/problem-list.js';
import type { Profile, Threshold } from '../profile/profile.js';
import { parseExpression, parseMetricKey } from '../profile/threshold-text.js';
import { parseCount, parseRatePerSecond } from '../units.js';
import { SLO_SELECTORS } from './capacity-selector.js';

/** The profile of a search without a named one: it finds the capacity of the reference server. */
export const OWN_PROFILE = fileURLToPath(new URL('../../../profiles/capacity.yaml', import.meta.url));
export const AXES: readonly Axis[] = ['connections', 'subscribers', 'rate', 'both'];

export const DEFAULT_SLO = 'ws_response_time p(99)<50ms';
/** The default where no message is due at a planned instant, so that there is no response time. */
const SERVICE_SLO = DEFAULT_SLO.replace('response', 'service');
/** The default where messages reach others, and subscribers are searched or no reply is asked for. */
const DELIVER_SLO = 'ws_deliver_last p(99)<200ms';

/** The first step of a search of a bare URL, on the axis that is searched. */
export const CAPACITY_START = {
  connections: '100',
  duration: '5s',
  rate: '1000/s',
  ratePerConnection: '10/s',
} as const;

type StartKey = keyof typeof CAPACITY_START;

/** What a search of a bare URL starts with, where the user says nothing else. */
export function startOf(axis: Axis, says: (key: StartKey | 'model') => boolean): Partial<Record<StartKey, string>> {
  const isPaced = says('rate') || says('ratePerConnection') || says('model');
  const pace: StartKey = axis === 'rate' ? 'rate' : 'ratePerConnection';
  const wanted: readonly StartKey[] = ['connections', 'duration', ...(isPaced ? [] : [pace])];
  return Object.fromEntries(wanted.filter((key) => !says(key)).map((key) => [key, CAPACITY_START[key]]));
}

/** A level of the axis, `1000` or `500/s`. Null after noting a problem at `where`. */
export function levelOf(text: string, axis: Axis, where: string, problems: Problem[]): number | null {
  const isRate = raisesRate(axis);
  const value = isRate ? parseRatePerSecond(text) : parseCount(text);
  if (value !== null && value > 0 && (isRate || Number.isInteger(value))) return value;
  const hint = isRate ? 'messages per second: 500/s, 5k' : `a count of ${axis}: 1000, 5k`;
  problems.push({ where, message: `${quoted(text)} is none`, hint });
  return null;
}

export interface Slo {
  readonly slo: Threshold;
  /** As the user wrote it. */
  readonly sloText: string;
}

/** The SLO of a search; `given`: as the user wrote it, null for the default. Null after noting a problem at `where`. */
export function sloOf(given: string | null, where: string, problems: Problem[]): Slo | null {
  const sloText = given ?? DEFAULT_SLO;
  const slo = readSlo(sloText, where, problems);
  return slo === null ? null : { slo, sloText };
}

/** The default SLO depends on the load and on what is searched. */
export function sloFor({ load }: Profile, axis: Axis, given: string | null, asked: Slo): Slo {
  const text = given === null ? defaultFor(load, axis) : DEFAULT_SLO;
  return text === DEFAULT_SLO ? asked : { sloText: text, slo: readSlo(text, '', [])! };
}

function defaultFor(load: Profile['load'], axis: Axis): string {
  const isSilent = load.some(({ talk, reply }) => talk?.deliver !== undefined && reply.match === 'none');
  if (axis === 'subscribers' || isSilent) return DELIVER_SLO;
  return load.some(({ model }) => MODELS[model].headline === 'service') ? SERVICE_SLO : DEFAULT_SLO;
}

/** A metric, with or without a selector, and its limit. */
const SLO = /^\s*(\w+(?:\s*\{[^{}]*\})?)(?:\s*:\s*|\s+|(?<=\}))(.*?)\s*$/;

/** `metric expression` or `metric{request:NAME} expression`, with or without a colon between them. */
function readSlo(text: string, where: string, problems: Problem[]): Threshold | null {
  const example = `write it like ${where} '${DEFAULT_SLO}'`;
  const [, key, expression] = SLO.exec(text) ?? [];
  if (key === undefined || !expression) {
    problems.push({ where, message: `${quoted(text)} is no SLO`, hint: example });
    return null;
  }
  const metric = parseMetricKey(key);
  if ('message' in metric) {
    problems.push({ where, ...metric });
    return null;
  }
  const other = Object.keys(metric.selector).find((name) => !SLO_SELECTORS.includes(name));
  if (other !== undefined) {
    const hint = `a search has one load, which --only names, and changes its connections and rate; ${SLO_SELECTORS.join(' and ')} can be named`;
    problems.push({ where, message: `${quoted(text)} names a ${other}`, hint });
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
