/** A comparison as it is saved: what was compared, what was found, and what follows. */

import type { CellComparison } from '../../verdict/compare/compare-runs.js';
import type { RunOnSide } from '../../verdict/compare/compared-run.js';
import type { MetricComparison } from '../../verdict/compare/comparison.js';
import type { ComparedMetric } from '../../verdict/compare/metrics.js';
import { outcomeOf } from '../../verdict/compare/outcome.js';
import type { PairedComparison } from '../../verdict/compare/paired.js';
import type { UnpairedComparison } from '../../verdict/compare/unpaired.js';
import { sanitize } from '../sanitize.js';
import { COMPARISON_SCHEMA_VERSION, type ComparisonDocument, type ComparisonMetric } from './schema.js';

type Judged = 'schemaVersion' | 'kind' | 'tool' | 'cells' | 'outcome' | 'createdAt';

export interface ComparisonParts extends Omit<ComparisonDocument, Judged> {
  readonly createdAt: Date;
  readonly toolVersion: string;
  readonly cells: readonly CellComparison[];
  readonly metrics: readonly ComparedMetric[];
}

export function comparisonDocument(parts: ComparisonParts): ComparisonDocument {
  const { createdAt, toolVersion, cells, metrics, ...facts } = parts;
  return {
    schemaVersion: COMPARISON_SCHEMA_VERSION,
    kind: 'comparison',
    createdAt: createdAt.toISOString(),
    tool: { name: 'wsurge', version: toolVersion },
    ...facts,
    cells: cells.map((cell) => ({ ...cell, metrics: cell.metrics.map((one) => metricOf(one, metrics)) })),
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
  };
}

function metricOf(
  comparison: MetricComparison & Partial<PairedComparison & UnpairedComparison>,
  metrics: readonly ComparedMetric[],
): ComparisonMetric {
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
