/** Compares interleaved rounds of a whole plan: every metric of every cell over the rounds, judged together. */

import { beyondGates } from './beyond.js';
import type { CellComparison } from './compare-runs.js';
import type { ComparedCell, ComparedRun, Side } from './compared-run.js';
import { type MetricComparison, notCompared } from './comparison.js';
import { asFamilies } from './family.js';
import { compareGates } from './gates.js';
import type { ComparedMetric } from './metrics.js';
import { pairedComparison } from './paired.js';
import { compareReadings, type Reading } from './readings.js';
import { metricsOf, withRequestCells } from './request-cells.js';
import { comparedValue } from './values.js';

/** The runs of both builds in one round. */
export type PairedRuns = Readonly<Record<Side, ComparedRun>>;

/** Compares every cell, every request and every metric over the rounds. `decides`: true at a look, when words may be given. */
export function pairedCells(
  all: readonly PairedRuns[],
  metrics: readonly ComparedMetric[],
  decides: boolean,
): CellComparison[] {
  const rounds = all.map(({ a, b }) => ({ a: withRequestCells(a), b: withRequestCells(b) }));
  const cells = (rounds[0]?.a.cells ?? []).map((cell) => {
    const own = rounds.filter(({ a, b }) => [a, b].every((run) => run.cells.some(({ id }) => id === cell.id)));
    const leftOut = cell.ramp ? 'a ramp has no single row to compare' : null;
    const runs = (side: Side) => own.map((round) => round[side]);
    const cells = (side: Side) => runs(side).map((run) => cellIn(run, cell.id));
    const asked = leftOut === null ? metricsOf(cell, metrics) : [];
    return {
      ...{ id: cell.id, load: cell.load, aRuns: own.length, bRuns: own.length, leftOut },
      metrics: asked.map((metric) => compareMetric(own, cell.id, metric, decides)),
      gates: [...compareGates(cell.id, runs('a'), runs('b')), ...beyondGates(asked, cells('a'), cells('b'))],
    };
  });
  const judged = asFamilies(
    cells.flatMap((cell) => cell.metrics),
    metrics,
  );
  let next = 0;
  return cells.map((cell) => ({ ...cell, metrics: cell.metrics.map(() => judged[next++]!) }));
}

function compareMetric(
  rounds: readonly PairedRuns[],
  cell: string,
  metric: ComparedMetric,
  decides: boolean,
): MetricComparison {
  const pairs: Readonly<Record<Side, Reading>>[] = [];
  const gaps: string[] = [];
  for (const round of rounds) {
    const [a, b] = [valueIn(round.a, cell, metric), valueIn(round.b, cell, metric)];
    if (a.measured !== null && b.measured !== null) pairs.push({ a, b });
    else gaps.push(a.reason === null ? `of B: ${b.reason}` : `of A: ${a.reason}`);
  }
  if (pairs.length === 0)
    return notCompared(metric, gaps.length === 0 ? 'No round was measured.' : `No value ${gaps[0]}.`);
  const compared = compareReadings(
    pairs.map(({ a }) => a),
    pairs.map(({ b }) => b),
    metric,
    (a, b) =>
      pairedComparison(
        a.map((value, i) => ({ a: value, b: b[i]! })),
        metric,
        decides,
      ),
  );
  if (gaps.length === 0) return compared;
  return { ...compared, notes: [...compared.notes, `${gaps.length} rounds have no value ${gaps[0]}.`] };
}

function valueIn(run: ComparedRun, id: string, { key }: ComparedMetric): ReturnType<typeof comparedValue> {
  return comparedValue(cellIn(run, id), key);
}

function cellIn({ cells }: ComparedRun, id: string): ComparedCell {
  return cells.find((cell) => cell.id === id)!;
}
