import { parseBytes, parseDurationMs } from '../units.js';
import { suggest } from './did-you-mean.js';
import { AGGREGATIONS, METRIC_NAMES, METRICS, type MetricUnit, SELECTOR_KEYS } from './metrics.js';
import type { Aggregation, Comparison, MetricName } from './profile.js';

/** The small language of thresholds: `metric{selector}` and `aggregation operator value`, as in k6. */

export interface Wrong {
  readonly message: string;
  readonly hint?: string;
}

export interface MetricKey {
  readonly metric: MetricName;
  readonly selector: Readonly<Record<string, string>>;
}

export function parseMetricKey(text: string): MetricKey | Wrong {
  const match = /^\s*([A-Za-z_]\w*)\s*(?:\{([^{}]*)\})?\s*$/.exec(text);
  if (!match)
    return { message: 'is not a metric', hint: 'write it like ws_response_time or ws_response_time{load:NAME}' };
  const metric = METRIC_NAMES.find((name) => name === match[1]);
  if (metric === undefined) return { message: 'unknown metric', hint: suggest(match[1]!, METRIC_NAMES) };
  const selector: Record<string, string> = {};
  for (const part of (match[2] ?? '').split(',')) {
    if (part.trim() === '' && (match[2] ?? '').trim() === '') continue;
    const [, key, value] = /^\s*(\w+)\s*:\s*(.*?)\s*$/.exec(part) ?? [];
    if (key === undefined || value === undefined || value === '') {
      return { message: `the selector "${part.trim().slice(0, 60)}" is not key:value` };
    }
    if (!SELECTOR_KEYS.some((known) => known === key)) {
      return { message: `unknown selector key "${key.slice(0, 60)}"`, hint: suggest(key, SELECTOR_KEYS) };
    }
    if (Object.hasOwn(selector, key)) return { message: `the selector key "${key}" appears twice` };
    selector[key] = value;
  }
  return { metric, selector };
}

export interface Expression {
  readonly aggregation: Aggregation;
  readonly comparison: Comparison;
  /** In the metric's base unit. */
  readonly limit: number;
}

const EXPRESSION =
  /^\s*([a-z]+)\s*(?:\(\s*([^()]*?)\s*\))?\s*(<=|>=|===|==|!=|<|>)\s*(-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*([A-Za-zµ%/]*)\s*$/;
const GRAMMAR = 'write `aggregation operator value`, e.g. ';

export function parseExpression(text: string, metric: MetricName): Expression | Wrong {
  const { type, unit } = METRICS[metric];
  const match = EXPRESSION.exec(text);
  if (!match) return { message: 'is not a threshold', hint: `${GRAMMAR}${EXAMPLES[type]}` };
  const [, word, argument, operator, number, suffix] = match;
  const aggregation = parseAggregation(word!, argument);
  if ('message' in aggregation) return aggregation;
  const allowed = AGGREGATIONS[type];
  if (!allowed.includes(aggregation.kind)) {
    const names = allowed.map((kind) => (kind === 'percentile' ? 'p(N)' : kind)).join(', ');
    return {
      message: `uses ${word}, which does not fit ${metric} (a ${type})`,
      hint: `use ${names}, e.g. ${EXAMPLES[type]}`,
    };
  }
  const perSecond = unit === 'count' && aggregation.kind === 'rate';
  const limit = parseLimit(Number(number), suffix!, perSecond ? 'per second' : unit);
  if (typeof limit !== 'number') return limit;
  return { aggregation, comparison: operator === '===' ? '==' : (operator as Comparison), limit };
}

const EXAMPLES = { trend: 'p(95)<50', counter: 'count==0', rate: 'rate>=99%', gauge: 'value>=1000' } as const;
const PLAIN = ['avg', 'min', 'max', 'med', 'count', 'rate', 'value'] as const;

function parseAggregation(word: string, argument: string | undefined): Aggregation | Wrong {
  if (word === 'p') {
    const percent = argument === undefined || !/^\d+(\.\d+)?$/.test(argument) ? Number.NaN : Number(argument);
    if (percent > 0 && percent < 100) return { kind: 'percentile', quantile: Number((percent / 100).toPrecision(12)) };
    return {
      message: 'is not a percentile',
      hint: 'write p(N) with N above 0 and below 100; for the largest value, max',
    };
  }
  const kind = PLAIN.find((name) => name === word);
  if (kind === undefined)
    return { message: `has the unknown aggregation "${word}"`, hint: suggest(word, [...PLAIN, 'p(N)']) };
  if (argument !== undefined) return { message: `gives ${word} something in parentheses` };
  return { kind };
}

/** The hint for a share: a plain number such as 99 was meant as a percentage, and more than 100 % is impossible. */
function shareHint(value: number, suffix: string): string {
  return suffix === '' && value <= 100 ? `write ${value}% or ${value / 100}` : 'a share is at most 100 %';
}

/** The limit in the base unit: microseconds, bytes, percent, a ratio or a plain number. */
function parseLimit(value: number, suffix: string, unit: MetricUnit | 'per second'): number | Wrong {
  const limit = scaled(value, suffix, unit);
  if (limit === null) return { message: `has a unit that does not fit: "${suffix}"`, hint: UNIT_HINTS[unit] };
  if (!Number.isFinite(limit) || limit < 0) return { message: 'has a limit out of range', hint: 'no less than 0' };
  if (unit === 'ratio' && limit > 1) return { message: 'is a share above 100 %', hint: shareHint(value, suffix) };
  return limit;
}

const UNIT_HINTS = {
  us: 'milliseconds, or one of us, ms, s, m, h',
  bytes: 'bytes, or one of B, KB, KiB, MB, MiB',
  percent: 'a plain number or %',
  ratio: 'a share such as 0.99, or a percentage such as 99%',
  count: 'a plain number',
  'per second': 'a plain number, or /s',
} as const;

function scaled(value: number, suffix: string, unit: MetricUnit | 'per second'): number | null {
  if (suffix === '') return unit === 'us' ? value * 1000 : value;
  switch (unit) {
    case 'us': {
      const unitMs = parseDurationMs(`1${suffix}`);
      return unitMs === null ? null : Number((value * unitMs * 1000).toPrecision(12));
    }
    case 'bytes': {
      const unitBytes = parseBytes(`1${suffix}`);
      return unitBytes === null ? null : value * unitBytes;
    }
    case 'percent':
      return suffix === '%' ? value : null;
    case 'ratio':
      return suffix === '%' ? Number((value / 100).toPrecision(12)) : null;
    case 'per second':
      return suffix === '/s' ? value : null;
    case 'count':
      return null;
  }
}
