/** A comparison as rows and sentences, for every format alike. Written for readers who know no statistics. */
import { formatCount } from '../../units.js';
import { latencyText, rateText } from '../number-text.js';
import { plural, type Tone, type VerdictLine } from '../verdict-lines.js';
import type { ComparisonCell, ComparisonDocument, ComparisonMetric } from './schema.js';

export interface ComparisonRow {
  readonly metric: string;
  readonly a: string;
  readonly b: string;
  readonly change: string;
  /** Ends of the interval. */
  readonly from: string;
  readonly to: string;
  readonly noise: string;
  readonly word: string;
  readonly tone: Tone;
}

export interface ComparisonTable {
  readonly title: string;
  /** How many runs or rounds stand behind it. */
  readonly subtitle: string;
  readonly rows: readonly ComparisonRow[];
  /** What to know about single rows; gates; why it was left out. */
  readonly remarks: readonly string[];
}

export interface ComparisonModel {
  readonly facts: readonly (readonly [label: string, text: string])[];
  /** Shown before anything else: the runs differ in more than the build. */
  readonly banner: readonly string[];
  readonly tables: readonly ComparisonTable[];
  readonly legend: readonly string[];
  readonly warnings: readonly string[];
  readonly verdict: readonly VerdictLine[];
  readonly next: readonly string[];
}

export function comparisonModel(document: ComparisonDocument): ComparisonModel {
  const { a, b, noise, forced, differences, warnings } = document;
  return {
    facts: [
      ['A', sideText(a)],
      ['B', sideText(b)],
      ['compared by', METHODS[document.method]],
      ['noise', noise.text],
    ],
    banner:
      forced && differences.length > 0
        ? ['FORCED: these runs differ in more than the build.', ...differences.map(differenceText)]
        : [],
    tables: document.cells.map((cell) => tableOf(cell, document)),
    legend: legendOf(document),
    warnings,
    verdict: verdictOf(document),
    next: nextOf(document),
  };
}

const METHODS: Readonly<Record<ComparisonDocument['method'], string>> = {
  seconds: 'one run a side: the seconds within each run, drawn anew 1,000 times in blocks',
  runs: "the spread of the runs on each side: Student's t on the logarithms",
  rounds: "interleaved rounds: Student's t on the logarithm of B / A in each round",
};

export function differenceText({ kind, cell, what, a, b, run }: ComparisonDocument['differences'][number]): string {
  return `${kind}: ${cell === null ? '' : `${cell}: `}${what} is ${a} in A, ${b} in ${run}`;
}

function sideText({ label, runs }: ComparisonDocument['a']): string {
  const common = Object.entries(runs[0]?.labels ?? {}).filter(([name, value]) =>
    runs.every(({ labels }) => labels[name] === value),
  );
  const labels = common.map(([name, value]) => `${name}=${value}`);
  const engine = runs[0]?.engine ?? null;
  const said = [
    ...(runs.length > 1 ? [plural(runs.length, 'run')] : []),
    ...(engine === null ? [] : [engine]),
    ...labels,
  ];
  return said.length === 0 ? label : `${label} (${said.join(', ')})`;
}

function tableOf(cell: ComparisonCell, { method }: ComparisonDocument): ComparisonTable {
  const unit = method === 'rounds' ? 'round' : 'run';
  const counts = `${plural(cell.aRuns, unit)} of A, ${plural(cell.bRuns, unit)} of B`;
  return {
    title: cell.id,
    subtitle: counts,
    rows: cell.metrics.map(rowOf),
    remarks: [
      ...(cell.leftOut === null ? [] : [`Left out: ${cell.leftOut}.`]),
      ...cell.gates.map(gateText),
      ...cell.metrics.flatMap((metric) => metricRemarks(metric, unit)),
    ],
  };
}

function gateText({ gate, aFailed, aRuns, bFailed, bRuns, worse, message }: ComparisonCell['gates'][number]): string {
  const counts = `fails in ${aFailed} of ${aRuns} of A and ${bFailed} of ${bRuns} of B`;
  return `Gate ${gate} ${worse ? 'FAILED: ' : ''}${counts}: ${message}`;
}

function metricRemarks({ title, notes, roundsNeeded, word, rankTest }: ComparisonMetric, unit: string): string[] {
  const said = notes.map((note) => `${title}: ${note}`);
  if (word === 'INCONCLUSIVE' && roundsNeeded !== null) {
    const each = unit === 'run' ? `${plural(roundsNeeded, 'run')} a side` : plural(roundsNeeded, 'round');
    said.push(`${title}: about ${each} would settle it, if value and spread stay what they are.`);
  }
  if ((word === 'REGRESSED' || word === 'IMPROVED') && rankTest !== null) {
    const least = rankTest.smallest > 0.05 ? `, and so few cannot go below ${pText(rankTest.smallest)}` : '';
    said.push(`${title}: by ranks alone, chance goes as far with p ${pText(rankTest.p)}${least}.`);
  }
  return said;
}

function pText(p: number): string {
  return p < 0.0001 ? 'below 0.0001' : String(Number(p.toPrecision(2)));
}

function rowOf(metric: ComparisonMetric): ComparisonRow {
  const { word, ratio, interval, noiseFloor, gate } = metric;
  return {
    metric: `${metric.title}${metric.unit === 'us' ? ', ms' : ', /s'}`,
    a: valueText(metric, metric.a),
    b: valueText(metric, metric.b),
    change: ratio === null ? 'n/a' : percentText(ratio),
    from: interval === null ? 'n/a' : percentText(interval[0]),
    to: interval === null ? 'n/a' : percentText(interval[1]),
    noise: noiseFloor === null ? '?' : `±${shareText(noiseFloor)}`,
    // With a value and no word it is only not time yet: between two looks.
    word:
      word === null
        ? ratio === null
          ? 'n/a'
          : 'not yet'
        : word === 'INCONCLUSIVE'
          ? '~'
          : word === 'REGRESSED' && !gate
            ? 'regressed'
            : word,
    tone: word === 'REGRESSED' ? (gate ? 'bad' : 'warn') : word === null || word === 'INCONCLUSIVE' ? 'warn' : 'good',
  };
}

function valueText({ unit }: ComparisonMetric, value: number | null): string {
  return unit === 'us' ? latencyText(value) : rateText(value);
}

/** A ratio as a change in percent, at most 8 characters: `+3.2 %`, `-45 %`, `x12`. */
export function percentText(ratio: number): string {
  if (ratio >= 9.995) return `x${ratio < 9999.5 ? ratio.toFixed(0) : '>9999'}`;
  const percent = (ratio - 1) * 100;
  const text = Math.abs(percent).toFixed(Math.abs(percent) < 99.95 ? 1 : 0);
  return `${Number(text) === 0 ? '' : percent < 0 ? '-' : '+'}${text} %`;
}

/** A share in percent, short: `1.8 %`, `45 %`. */
function shareText(share: number): string {
  const percent = share * 100;
  return percent < 9.95 ? `${percent.toFixed(1)} %` : percent < 999.5 ? `${percent.toFixed(0)} %` : '>999 %';
}

function marginsText({ cells }: ComparisonDocument): string {
  const metrics = cells.find(({ metrics }) => metrics.length > 0)?.metrics ?? [];
  return metrics.map(({ title, margin }) => `${title} ${Number((margin * 100).toPrecision(3))} %`).join(', ');
}

function legendOf(document: ComparisonDocument): string[] {
  const confidence = document.cells.flatMap(({ metrics }) => metrics).find(({ word }) => word !== null)?.confidence;
  const share = confidence === undefined ? '95' : String(Number((confidence * 100).toPrecision(3)));
  const margins = marginsText(document);
  return [
    "Service time: from sent to received. Response time would also hold how late the generator sent, which is no build's doing.",
    'change: B against A; + is more, which is worse for times and better for throughput.',
    `from, to: where the true change lies; a range made like this holds it ${share} times in 100.`,
    'noise: what A against A may differ by, for no reason at all; ? is not known.',
    ...(margins === '' ? [] : [`Margins, the change that still does not matter: ${margins}.`]),
    'REGRESSED: the whole range is past the margin on the bad side (in small letters: of a metric that does not gate). IMPROVED: past it on the good side. EQUIVALENT: within both margins.',
    '~: the range lies across a margin. It may have changed or not; more runs would tell.',
  ];
}

function verdictOf({ outcome, cells }: ComparisonDocument): VerdictLine[] {
  const { regressed, improved, equivalent, inconclusive, uncompared } = outcome.counts;
  const counts = [
    `${regressed} regressed`,
    `${improved} improved`,
    `${equivalent} equivalent`,
    `${inconclusive} inconclusive`,
    ...(uncompared === 0 ? [] : [`${uncompared} not compared`]),
  ].join(', ');
  const where = outcome.regressions.slice(0, 6).map(({ cell, what }) => `${what} in ${cell}`);
  const more = outcome.regressions.length > 6 ? `, and ${formatCount(outcome.regressions.length - 6)} more` : '';
  const texts: Readonly<Record<typeof outcome.word, string>> = {
    REGRESSED: `B is worse than A: ${where.join(', ')}${more}`,
    FAILED: `B fails gates that A passes: ${where.join(', ')}${more}`,
    PASSED:
      inconclusive > 0
        ? 'no regression is proven; what is marked ~ is not settled either way'
        : 'no metric that gates is worse by more than its margin',
    INVALID: 'nothing could be compared',
  };
  const tone = outcome.word === 'PASSED' ? 'good' : 'bad';
  return [
    { label: 'compared', word: plural(cells.length, 'cell'), text: counts, tone: 'plain' },
    { label: 'result', word: outcome.word, text: `${texts[outcome.word]} (exit code ${outcome.exitCode})`, tone },
  ];
}

function nextOf({ method, noise, outcome }: ComparisonDocument): string[] {
  if (outcome.word === 'INVALID') {
    return ['run again where the generator has room; report.md of each run says what stood in its way'];
  }
  if (method === 'rounds') return [];
  if (method === 'seconds' && noise.source === 'none') {
    return [
      "wsurge ab --a '<command of A>' --b '<command of B>' <profile>   takes turns, and can tell",
      'or several runs a side: wsurge compare A1 A2 A3 --vs B1 B2 B3',
    ];
  }
  return outcome.counts.inconclusive > 0 ? ["wsurge ab --a '<command of A>' --b '<command of B>' <profile>"] : [];
}
