/** A comparison as rows and sentences, for every format alike. Written for readers who know no statistics. */

import type { ComparisonCell, ComparisonDocument, ComparisonMetric } from '../../documents/comparison-schema.js';
import { EXIT } from '../../errors.js';
import { latencyText, rateText, ratioText, reachText } from '../../text/number-text.js';
import { formatCount, formatPercent } from '../../units.js';
import { MOST_ROUNDS } from '../../verdict/compare/looks.js';
import { isSpreadUnknown } from '../../verdict/compare/outcome.js';
import { mayHideChange } from '../../verdict/compare/readings.js';
import type { Tone } from '../shared/tone.js';
import { plural, type VerdictLine } from '../shared/verdict-line.js';
import { nextSteps } from './next-steps.js';

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
  /** How many runs or rounds were compared. */
  readonly subtitle: string;
  readonly rows: readonly ComparisonRow[];
  /** Remarks on single rows, failed gates, or why the cell was left out. */
  readonly remarks: readonly string[];
}

export interface ComparisonModel {
  /** What each side is. */
  readonly sides: { readonly a: string; readonly b: string };
  /** How both were compared, in a sentence. */
  readonly comparedBy: string;
  /** What was compared, and how, for a list. */
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
  const { noise, forced, differences, warnings, onlyInA, onlyInB } = document;
  const sides = { a: sideText(document.a), b: sideText(document.b) };
  const comparedBy = METHODS[document.method];
  return {
    sides,
    comparedBy,
    facts: [
      ['A', sides.a],
      ['B', sides.b],
      ['compared by', comparedBy],
      ['noise', noise.text],
      ...(onlyInA.length === 0 ? [] : [['only in A', onlyInA.join(', ')] as const]),
      ...(onlyInB.length === 0 ? [] : [['only in B', onlyInB.join(', ')] as const]),
    ],
    banner:
      forced && differences.length > 0
        ? ['FORCED: these runs differ in more than the build.', ...differences.map(differenceText)]
        : [],
    tables: document.cells.map((cell) => tableOf(cell, document)),
    legend: legendOf(document),
    warnings,
    verdict: verdictOf(document),
    next: nextSteps(document),
  };
}

const METHODS: Readonly<Record<ComparisonDocument['method'], string>> = {
  seconds: 'one run a side: how much the seconds within each run differ',
  runs: 'several runs: how much the runs of one side differ among themselves',
  rounds: 'rounds in which both took a turn: B / A in each, and how much that differs from round to round',
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
  return {
    title: cell.id,
    subtitle:
      method === 'rounds'
        ? plural(cell.aRuns, 'round')
        : `${plural(cell.aRuns, 'run')} of A, ${plural(cell.bRuns, 'run')} of B`,
    rows: cell.metrics.map(rowOf),
    remarks: [
      ...(cell.leftOut === null ? [] : [`Left out: ${cell.leftOut}.`]),
      ...cell.gates.map(gateText),
      ...metricRemarks(cell.metrics, method),
    ],
  };
}

function gateText({ gate, aFailed, aRuns, bFailed, bRuns, worse, message }: ComparisonCell['gates'][number]): string {
  const counts = `fails in ${aFailed} of ${aRuns} of A and ${bFailed} of ${bRuns} of B`;
  return `Gate ${gate} ${worse ? 'FAILED: ' : ''}${counts}: ${message}`;
}

/** The remarks on all metrics. A remark that several metrics share is made once. */
function metricRemarks(metrics: readonly ComparisonMetric[], method: ComparisonDocument['method']): string[] {
  const titles = new Map<string, string[]>();
  for (const metric of metrics) {
    for (const remark of remarksOn(metric, method)) {
      titles.set(remark, [...(titles.get(remark) ?? []), metric.title]);
    }
  }
  return [...titles].map(([remark, of]) => `${of.join(', ')}: ${remark}`);
}

function remarksOn(metric: ComparisonMetric, method: ComparisonDocument['method']): string[] {
  const { notes, word } = metric;
  if (word === 'INCONCLUSIVE' && method !== 'seconds') return [...notes, ...openRemarks(metric, method)];
  return word === 'REGRESSED' || word === 'IMPROVED' ? [...notes, ...rankRemarks(metric)] : [...notes];
}

/** What would settle an open metric, and whether the noise of the machine prevents that. */
function openRemarks(metric: ComparisonMetric, method: ComparisonDocument['method']): string[] {
  const { roundsNeeded, noiseFloor, margin, confidence, pWorse, pBetter, readings = null } = metric;
  const isNoisy = noiseFloor !== null && noiseFloor > margin;
  const noise = isNoisy
    ? [
        `A differs from itself by up to ${shareText(noiseFloor)} here, more than the margin of ${formatPercent(margin)}.`,
      ]
    : [];
  // By itself this metric is past a margin. Its notes say why it has no verdict.
  if (Math.min(pWorse ?? 1, pBetter ?? 1) <= (1 - confidence) / 2) return noise;
  const unit = method === 'rounds' ? 'rounds' : 'runs a side';
  if (mayHideChange(metric)) return noise;
  if (readings?.disagree === true) {
    const measured = readings.measuredRatio === null ? '' : ` (${ratioText(readings.measuredRatio)})`;
    return [
      ...noise,
      `the change as measured${measured} and that of the lower ends would get different words: what the way back added is open. A quieter machine tells (wsurge doctor).`,
    ];
  }
  if (roundsNeeded === null) {
    return [
      ...noise,
      `even 1,000 ${unit} would not settle it: for such a spread the change is too close to the margin.`,
    ];
  }
  const beyond =
    method === 'rounds' && roundsNeeded > MOST_ROUNDS
      ? ` More than ${MOST_ROUNDS} are not run: longer cells (-d) need fewer.`
      : '';
  return [
    ...noise,
    `about ${formatCount(roundsNeeded)} ${unit} would settle it, if value and spread stay what they are.${beyond}`,
  ];
}

/** What a rank test says. The verdict rests on the size of changes; a rank test looks at their order alone. */
function rankRemarks({ rankTest, aCount, bCount }: ComparisonMetric): string[] {
  if (rankTest === null) return [];
  const isPaired = rankTest.name === 'wilcoxon';
  const few = isPaired ? `${aCount} rounds` : `${aCount} and ${bCount} runs`;
  const least = rankTest.smallest > 0.05 ? `; ${few} cannot show less` : '';
  const name = isPaired ? "Wilcoxon's test" : "Mann and Whitney's test";
  return [`by order alone (${name}), chance gives such values in ${chanceText(rankTest.p)} of cases${least}.`];
}

function chanceText(p: number): string {
  return p < 0.0001 ? 'less than 0.01 %' : formatPercent(p, 2);
}

function rowOf(metric: ComparisonMetric): ComparisonRow {
  const { word, ratio, interval, noiseFloor, gate } = metric;
  return {
    metric: `${metric.title}, ${UNIT_TEXT[metric.unit]}`,
    a: valueText(metric, metric.a),
    b: valueText(metric, metric.b),
    change: ratio === null ? 'n/a' : changeText(metric, ratio),
    from: interval === null ? 'n/a' : changeText(metric, interval[0]),
    to: interval === null ? 'n/a' : changeText(metric, interval[1]),
    noise: noiseFloor === null ? '?' : `±${shareText(noiseFloor)}`,
    // A value without a verdict: the comparison is between two looks.
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
  if (unit === 'share') return reachText(value);
  return unit === 'us' ? latencyText(value) : rateText(value);
}

/** The margin of a share is so small that one decimal would not tell on which side of it a change lies. */
export function changeText({ unit }: Pick<ComparisonMetric, 'unit'>, ratio: number): string {
  return ratioText(ratio, unit === 'share' ? 2 : 1);
}

const UNIT_TEXT = { us: 'ms', per_second: '/s', share: '%' } as const;

/** A share in percent, short: `1.8 %`, `45 %`. Not `formatPercent`: columns of shares keep their last zero, `2.0 %`. */
function shareText(share: number): string {
  const percent = share * 100;
  return percent < 9.95 ? `${percent.toFixed(1)} %` : percent < 999.5 ? `${percent.toFixed(0)} %` : '>999 %';
}

/** Explains the words and signs that occur on the page. */
function legendOf(document: ComparisonDocument): string[] {
  const metrics = document.cells.flatMap((cell) => cell.metrics);
  const margins = (document.cells.find((cell) => cell.metrics.length > 0)?.metrics ?? []).map(
    ({ title, margin }) => `${title} ${formatPercent(margin)}`,
  );
  const confidence = metrics.find(({ interval }) => interval !== null)?.confidence ?? 0.95;
  const share = Number((confidence * 100).toPrecision(3));
  const said = new Set(metrics.map(({ word, gate }) => (word === 'REGRESSED' && !gate ? 'regressed' : word)));
  const hasReach = metrics.some(({ unit }) => unit === 'share');
  const words = WORDS.filter(([word]) => said.has(word)).map(([, text]) => text);
  return [
    'Service time: from sent to received. Response time would also hold how late the generator sent, whichever the build.',
    ...(metrics.some(({ readings = null }) => readings !== null) ? [LOWER_ENDS] : []),
    `change: B against A; + is more, which is worse for times and better for throughput${hasReach ? ' and reach' : ''}.`,
    `from, to: the range of the true change; by chance it lies outside in ${Number((100 - share).toPrecision(2))} of 100 comparisons.`,
    'noise: how much A would seem to differ from itself, by chance alone; ? if that is not known.',
    ...(margins.length === 0 ? [] : [`Margins, the change that still does not matter: ${margins.join(', ')}.`]),
    ...words,
  ];
}

const LOWER_ENDS =
  'A, B, change: without what the way back (kernel, event loop, our own reading) added. The range also holds the change of the times as measured.';

const WORDS: readonly (readonly [word: ComparisonMetric['word'] | 'regressed', text: string])[] = [
  ['REGRESSED', 'REGRESSED: worse by more than the margin, even at the mildest end of the range.'],
  ['regressed', 'regressed: the same, for a metric that does not decide the exit code.'],
  ['IMPROVED', 'IMPROVED: better by more than the margin, even at the mildest end of the range.'],
  ['EQUIVALENT', 'EQUIVALENT: no change that matters; the whole range lies within the margin.'],
  [
    'INCONCLUSIVE',
    '~: open. The range holds changes within the margin and beyond it, or a remark says what is missing.',
  ],
];

function verdictOf(document: ComparisonDocument): VerdictLine[] {
  const { outcome, cells } = document;
  const { regressed, improved, equivalent, inconclusive, uncompared } = outcome.counts;
  const counts = (
    [
      [regressed, 'worse'],
      [improved, 'better'],
      [equivalent, 'within the margin'],
      [inconclusive, 'open (~)'],
      [uncompared, 'not compared'],
    ] as const
  ).filter(([count]) => count > 0);
  const all = counts.reduce((sum, [count]) => sum + count, 0);
  const found = all === 0 ? '' : `: ${counts.map(([count, what]) => `${count} ${what}`).join(', ')}`;
  const tone = outcome.word === 'PASSED' ? 'good' : outcome.word === 'INCONCLUSIVE' ? 'warn' : 'bad';
  return [
    {
      label: 'compared',
      word: plural(all, 'metric'),
      text: `in ${plural(cells.length, 'cell')}${found}`,
      tone: 'plain',
    },
    ...roundsLine(document),
    {
      label: 'result',
      word: outcome.word,
      text: `${resultText(document)} (exit code ${outcome.exitCode})`,
      tone,
    },
  ];
}

const ENDS = { died: 'died', gone: 'took no more connections' } as const;

/** Why a comparison ended before the last round that was asked for. */
function roundsLine({ rounds }: ComparisonDocument): VerdictLine[] {
  const { most, stopped, valid = 0 } = rounds ?? {};
  if (most === undefined || stopped === undefined || stopped === 'last') return [];
  return [{ label: 'rounds', word: `${valid} of ${most}`, text: STOPPED_TEXT[stopped], tone: 'plain' }];
}

const STOPPED_TEXT = {
  settled: 'ended at a look: no further round could change the exit code',
  excluded: 'given up: too many rounds could not be measured on this machine',
  ended: 'ended with a build',
  interrupted: 'stopped by hand',
  agent_gone: 'ended when an agent did not stay',
} as const;

function resultText(document: ComparisonDocument): string {
  const { outcome } = document;
  const where = outcome.regressions.slice(0, 6).map((one) => regressionText(one, document));
  const more = outcome.regressions.length > 6 ? `, and ${formatCount(outcome.regressions.length - 6)} more` : '';
  switch (outcome.word) {
    case 'REGRESSED':
      return `B is worse than A: ${where.join(', ')}${more}`;
    case 'FAILED':
      return `B fails gates that A passes: ${where.join(', ')}${more}`;
    case 'INCONCLUSIVE':
      return inconclusiveText(document);
    case 'INVALID':
      if (outcome.ended?.side === 'a') return `A ${ENDS[outcome.ended.how]}, so there is nothing to compare B with`;
      if (document.rounds?.stopped === 'agent_gone')
        return 'an agent did not stay, and nothing is judged before a look';
      return outcome.exitCode === EXIT.interrupted
        ? 'stopped before the first look, so nothing is judged'
        : 'nothing could be compared';
    case 'PASSED':
      return passedText(document);
  }
}

/**
 * What the gating metrics decided, then what is left open: `B is not proven to be worse, but it may be; open (~):
 * service time p99 in c50`. Metrics that do not gate are named if they are open or worse: the exit code ignores them.
 */
function passedText({ cells }: ComparisonDocument): string {
  const all = cells.flatMap(({ id, metrics }) => metrics.map((metric) => ({ ...metric, cell: id })));
  const open = all.filter(({ word }) => word === 'INCONCLUSIVE');
  const doubtful = open.filter((metric) => metric.gate && mayBeWorse(metric));
  const others = [
    ['open (~)', open.filter(({ gate }) => !gate)],
    ['worse', all.filter(({ gate, word }) => !gate && word === 'REGRESSED')],
  ] as const;
  const decided =
    doubtful.length > 0
      ? `B is not proven to be worse, but it may be; open (~): ${placesText(doubtful)}`
      : others.every(([, found]) => found.length === 0)
        ? 'B is not worse than A by more than the margins'
        : 'in the metrics that gate, B is not worse than A by more than the margins';
  return [
    decided,
    ...others.flatMap(([what, found]) => (found.length === 0 ? [] : [`not gating and ${what}: ${placesText(found)}`])),
  ].join('; ');
}

/** `service time p50 in c50, service time p99 in c50, and 2 more`. */
function placesText(metrics: readonly (ComparisonMetric & { readonly cell: string })[]): string {
  const named = metrics.slice(0, 3).map(({ title, cell }) => `${title} in ${cell}`);
  const more = metrics.length > 3 ? `, and ${formatCount(metrics.length - 3)} more` : '';
  return `${named.join(', ')}${more}`;
}

/** True if the bad end of its range lies past the margin, or if something else keeps it open. */
function mayBeWorse(metric: ComparisonMetric): boolean {
  const { interval, better, margin, readings = null } = metric;
  if (interval === null || readings?.disagree === true || mayHideChange(metric)) return true;
  return better === 'lower' ? interval[1] > 1 + margin : interval[0] < 1 / (1 + margin);
}

/**
 * `single runs, and no spread between runs is known: service time p50 +20.2 % in c50 may be the build's or the
 * machine's`.
 */
function inconclusiveText({ cells }: ComparisonDocument): string {
  const all = cells.flatMap(({ id, metrics }) =>
    metrics.filter((one) => one.gate && isSpreadUnknown(one)).map((one) => ({ ...one, id })),
  );
  // Name the metrics that differ by more than the margin: they are why the result is open.
  const apart = all.filter(({ ratio, margin }) => ratio !== null && Math.abs(Math.log(ratio)) > Math.log1p(margin));
  const open = apart.length > 0 ? apart : all;
  const named = open.slice(0, 3).map((metric) => {
    const { id, title, ratio } = metric;
    return `${title}${ratio === null ? '' : ` ${changeText(metric, ratio)}`} in ${id}`;
  });
  const more = open.length > 3 ? `, and ${formatCount(open.length - 3)} more` : '';
  return `single runs, and no spread between runs is known: ${named.join(', ')}${more} may be the build's doing or the machine's`;
}

type Regression = ComparisonDocument['outcome']['regressions'][number];

function regressionText(regression: Regression, document: ComparisonDocument): string {
  return `${worseText(regression, document)} in ${regression.cell}`;
}

/** `service time p50 +19.8 %`; of a gate its name. */
export function worseText({ cell, what }: Regression, { cells }: ComparisonDocument): string {
  const metric = cells.find(({ id }) => id === cell)?.metrics.find(({ metric }) => metric === what);
  return metric === undefined || metric.ratio === null ? what : `${metric.title} ${changeText(metric, metric.ratio)}`;
}
