/** What the page of a comparison shows, as plain data. */

import type { ComparisonCell, ComparisonDocument, ComparisonMetric } from '../../documents/comparison-schema.js';
import type { SavedComparison } from '../../documents/saved-comparison.js';
import type { ReasonLine } from '../shared/doubt-lines.js';
import { type Fact, machinesFacts, type PageAbout, type PageHead, titleOf } from '../shared/page-parts.js';
import { plural, type VerdictLine } from '../shared/verdict-line.js';
import { type ComparisonRow, comparisonModel, worseText } from './model.js';

export interface ComparisonPageData extends Omit<PageHead, 'origin'>, PageAbout {
  readonly createdAt: string;
  readonly sides: readonly ComparedSide[];
  /** The runs differ in more than the build. */
  readonly banner: readonly string[];
  /** What each value of a side comes from. */
  readonly unit: 'round' | 'run';
  readonly confidencePercent: number;
  readonly cells: readonly ComparedCell[];
  /** How to read the tables. */
  readonly legend: readonly string[];
  readonly next: readonly string[];
}

interface ComparedSide {
  readonly letter: 'A' | 'B';
  readonly text: string;
  readonly runs: readonly { readonly source: string; readonly startedAt: string; readonly target: string }[];
}

interface ComparedCell {
  readonly id: string;
  readonly subtitle: string;
  readonly rows: readonly ComparedRow[];
  readonly remarks: readonly string[];
}

type Values = readonly (number | null)[];

/** Ratios are B over A; values in microseconds, per second, or as shares. */
interface ComparedRow extends ComparisonRow {
  readonly sign: string;
  readonly ratio: number | null;
  readonly interval: readonly [number, number] | null;
  readonly margin: number;
  readonly better: 'lower' | 'higher';
  readonly measure: ComparisonMetric['unit'];
  /** Of every run or round; empty where an older version did not keep them. */
  readonly values: { readonly a: Values; readonly b: Values };
}

export function pageComparison({ document, record }: SavedComparison): ComparisonPageData {
  const model = comparisonModel(document);
  const { a, b, method, createdAt, cells } = document;
  const judged = cells.flatMap(({ metrics }) => metrics).find(({ word }) => word !== null);
  return {
    id: record?.runId ?? 'comparison',
    name: titleOf('Comparison', record?.profile),
    createdAt,
    verdict: verdictOf(document, model.verdict),
    doubts: reasonsOf(document),
    reasons: reasonsOf(document),
    sides: [
      { letter: 'A', text: model.sides.a, runs: runsOf(a) },
      { letter: 'B', text: model.sides.b, runs: runsOf(b) },
    ],
    banner: model.banner,
    unit: method === 'rounds' ? 'round' : 'run',
    confidencePercent: Number(((judged?.confidence ?? 0.95) * 100).toPrecision(3)),
    cells: cells.map((cell, i) => comparedCell(cell, model.tables[i]!)),
    ...{ legend: model.legend, next: model.next },
    facts: factsOf(document, model.comparedBy),
    machines: machinesOf(document),
    profile: record === null ? null : (JSON.stringify(record.profile, null, 2) ?? 'null'),
  };
}

function runsOf({ runs }: ComparisonDocument['a']): ComparedSide['runs'] {
  return runs.map(({ source, startedAt, target }) => ({ source, startedAt, target }));
}

const METHOD_WORDS = { rounds: 'IN TURNS', runs: 'SEVERAL RUNS', seconds: 'ONE RUN A SIDE' } as const;
const NOISE_WORDS = { none: 'UNKNOWN', flag: 'GIVEN', history: 'FROM NIGHTS', runs: 'MEASURED', rounds: 'MEASURED' };

function verdictOf(document: ComparisonDocument, lines: readonly VerdictLine[]): VerdictLine[] {
  const { method, rounds, noise, a, b, warnings } = document;
  const turns = rounds === null ? '' : `${plural(rounds.valid, 'round')}, ${rounds.excluded.length} left out`;
  const counts = `${plural(a.runs.length, 'run')} of A, ${plural(b.runs.length, 'run')} of B`;
  return [
    ...lines.slice(0, -1),
    { label: 'method', word: METHOD_WORDS[method], text: turns === '' ? counts : turns, tone: 'plain' },
    {
      label: 'noise',
      word: NOISE_WORDS[noise.source],
      text: noise.text,
      tone: noise.source === 'none' ? 'warn' : 'plain',
    },
    {
      label: 'warnings',
      word: warnings.length === 0 ? 'NONE' : String(warnings.length),
      text: warnings.length === 0 ? 'nothing speaks against believing it' : 'read them before believing it',
      tone: warnings.length === 0 ? 'good' : 'warn',
    },
    ...lines.slice(-1),
  ];
}

/** What B does worse, then what a reader should know before believing anything. */
function reasonsOf(document: ComparisonDocument): ReasonLine[] {
  const { outcome, warnings } = document;
  return [
    ...outcome.regressions.map((worse): ReasonLine => {
      const message = worseText(worse, document);
      return { code: 'worse in B', where: worse.cell, severity: 'failed', message, fix: null };
    }),
    ...warnings.map(
      (message): ReasonLine => ({ code: 'warning', where: 'comparison', severity: 'note', message, fix: null }),
    ),
  ];
}

function comparedCell(
  { metrics }: ComparisonCell,
  { title, subtitle, rows, remarks }: ReturnType<typeof comparisonModel>['tables'][number],
): ComparedCell {
  return {
    ...{ id: title, subtitle, remarks },
    rows: rows.map((row, i) => {
      const { word, ratio, interval, margin, better, unit, values } = metrics[i]!;
      const ends: ComparedRow['interval'] = interval === null ? null : [interval[0], interval[1]];
      return {
        ...row,
        sign: signOf(word),
        ratio,
        interval: ends,
        margin,
        better,
        measure: unit,
        values: values ?? { a: [], b: [] },
      };
    }),
  };
}

const SIGNS = { REGRESSED: '✕', IMPROVED: '✓', EQUIVALENT: '=', INCONCLUSIVE: '~' };

function signOf(word: ComparisonMetric['word']): string {
  return word === null ? '' : SIGNS[word];
}

function factsOf(document: ComparisonDocument, comparedBy: string): Fact[] {
  const { createdAt, tool, rounds, method, noise, outcome, onlyInA, onlyInB, differences } = document;
  const orders = rounds?.orders.map((order) => order.toUpperCase().split('').join(' ')) ?? [];
  return [
    ['Created', createdAt],
    ['Compared by', comparedBy],
    ['Noise', noise.text],
    ...(rounds === null
      ? []
      : [
          ['Rounds', `${rounds.valid} valid, ${rounds.excluded.length} left out`] as const,
          ['Order of turns', orders.length === 0 ? 'none' : orders.join(' · ')] as const,
          ['Seed', String(rounds.seed)] as const,
        ]),
    ...(rounds?.excluded ?? []).map(({ number, reason }): Fact => [`Round ${number} left out`, reason]),
    ...(onlyInA.length === 0 ? [] : [['Only in A', onlyInA.join(', ')] as const]),
    ...(onlyInB.length === 0 ? [] : [['Only in B', onlyInB.join(', ')] as const]),
    ...(differences.length === 0 ? [] : [['Differences', `${differences.length}, compared by force`] as const]),
    ...(method === 'seconds' ? [['Seconds', 'drawn anew 1,000 times, in blocks'] as const] : []),
    ['Generator', `${tool.name} ${tool.version}`],
    ['Exit code', String(outcome.exitCode)],
  ];
}

/** The machines of both sides; if they differ, each says whose it is. */
function machinesOf({ a, b }: ComparisonDocument): Fact[][] {
  const [ofA, ofB] = [a.generators ?? [], b.generators ?? []];
  if (JSON.stringify(ofA) === JSON.stringify(ofB)) return machinesFacts(ofA);
  const named = (side: string, generators: typeof ofA) =>
    machinesFacts(generators).map((facts): Fact[] => [['Side', side], ...facts]);
  return [...named('A', ofA), ...named('B', ofB)];
}
