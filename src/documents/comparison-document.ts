/** A comparison as it is saved: what was compared, what was found, and what follows. */

import { sanitize } from '../text/sanitize.js';
import type { CellComparison } from '../verdict/compare/compare-runs.js';
import type { ComparedRun, RunOnSide, Side } from '../verdict/compare/compared-run.js';
import type { MetricComparison } from '../verdict/compare/comparison.js';
import { type ComparedMetric, titleAmong } from '../verdict/compare/metrics.js';
import { outcomeOf } from '../verdict/compare/outcome.js';
import type { PairedComparison } from '../verdict/compare/paired.js';
import { withRequestCells } from '../verdict/compare/request-cells.js';
import type { UnpairedComparison } from '../verdict/compare/unpaired.js';
import { isUsable } from '../verdict/compare/usable.js';
import { comparedValue } from '../verdict/compare/values.js';
import { safeText } from './build-result.js';
import { COMPARISON_SCHEMA_VERSION, type ComparisonDocument, type ComparisonMetric } from './comparison-schema.js';

type Judged = 'schemaVersion' | 'kind' | 'tool' | 'cells' | 'outcome' | 'createdAt';

export interface ComparisonParts extends Omit<ComparisonDocument, Judged> {
  readonly createdAt: Date;
  readonly toolVersion: string;
  /** The runs behind `cells`, in the same order. */
  readonly runs: Readonly<Record<Side, readonly ComparedRun[]>>;
  readonly cells: readonly CellComparison[];
  readonly metrics: readonly ComparedMetric[];
}

export function comparisonDocument(parts: ComparisonParts): ComparisonDocument {
  const { createdAt, toolVersion, runs: saved, cells, metrics, ...facts } = parts;
  const runs = { a: saved.a.map(withRequestCells), b: saved.b.map(withRequestCells) };
  return {
    schemaVersion: COMPARISON_SCHEMA_VERSION,
    kind: 'comparison',
    createdAt: createdAt.toISOString(),
    tool: { name: 'wsurge', version: toolVersion },
    ...facts,
    cells: cells.map((cell) => ({
      ...cell,
      metrics: cell.metrics.map((one) => ({
        ...metricOf(one, metrics),
        title: titleAmong(
          cell.metrics.map(({ metric }) => metric),
          metrics.find(({ key }) => key === one.metric)!,
        ),
        values: { a: valuesOf(runs.a, cell.id, one), b: valuesOf(runs.b, cell.id, one) },
      })),
    })),
    outcome: outcomeOf(cells, metrics),
  };
}

/** A side of saved runs. */
export function sideOf(label: string, runs: readonly RunOnSide[]): ComparisonDocument['a'] {
  return {
    label: sanitize(label),
    runs: runs.map(({ source, run }) => ({
      source: sanitize(source),
      runId: sanitize(run.runId),
      startedAt: sanitize(run.startedAt),
      labels: Object.fromEntries(Object.entries(run.labels).map(([name, value]) => [sanitize(name), sanitize(value)])),
      target: sanitize(run.target.url),
      engine: run.target.engine === null ? null : sanitize(run.target.engine),
    })),
    generators: generatorsOf(runs),
  };
}

/** The machines of all runs, each once. */
function generatorsOf(runs: readonly RunOnSide[]): NonNullable<ComparisonDocument['a']['generators']> {
  const all = runs.flatMap(({ run }) => run.environment.generators);
  const known = new Map(all.map((generator) => [JSON.stringify(generator), generator]));
  return safeText([...known.values()]) as NonNullable<ComparisonDocument['a']['generators']>;
}

/** The values that the figures were made of; null for a cell that a run did not measure, or did not finish. */
function valuesOf(runs: readonly ComparedRun[], id: string, { metric, readings }: MetricComparison): (number | null)[] {
  return runs.map((run) => {
    const cell = run.cells.find((each) => each.id === id);
    if (cell === undefined || !isUsable(run, cell)) return null;
    const { measured, lower } = comparedValue(cell, metric);
    return readings === null ? measured : lower;
  });
}

function metricOf(
  comparison: MetricComparison & Partial<PairedComparison & UnpairedComparison>,
  metrics: readonly ComparedMetric[],
): Omit<ComparisonMetric, 'values'> {
  const { wilcoxon = null, mannWhitney = null, hodgesLehmann = null, bootstrap = null, ...rest } = comparison;
  const { title, unit, better, margin, gate } = metrics.find(({ key }) => key === rest.metric)!;
  const rankTest =
    wilcoxon !== null
      ? { name: 'wilcoxon' as const, ...wilcoxon }
      : mannWhitney === null
        ? null
        : { name: 'mann-whitney' as const, ...mannWhitney };
  return { ...rest, title, unit, better, margin, gate, rankTest, hodgesLehmann, bootstrap };
}
