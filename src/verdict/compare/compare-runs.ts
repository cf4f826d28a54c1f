/** Compares saved runs, cell by cell and metric by metric. */
import { flowOf } from '../../metrics/flow.js';
import { resampleMeans, type SecondResamples } from '../../metrics/seconds/second-resamples.js';
import { MODELS } from '../../plan/models.js';
import type { Range } from '../../stats/intervals.js';
import { Rng, seedOf } from '../../stats/rng.js';
import { servedInterval } from '../deliver-times.js';
import { countsDeliveries } from '../done.js';
import { slowingFanout } from '../overload.js';
import { isClientLimited } from '../work-judges.js';
import { beyondGates } from './beyond.js';
import type { ComparedCell, RunOnSide, Side } from './compared-run.js';
import { type MetricComparison, notCompared } from './comparison.js';
import { asFamilies } from './family.js';
import { compareGates, type GateComparison } from './gates.js';
import { type ComparedMetric, DELIVER_TIMES, isDeliverTime } from './metrics.js';
import type { Noise } from './noise.js';
import { reachWithin } from './reach.js';
import { compareReadings } from './readings.js';
import { metricsOf, withRequestCells } from './request-cells.js';
import { betweenEnds, singleComparison, withinRuns } from './single.js';
import { unpairedComparison } from './unpaired.js';
import { isUsable } from './usable.js';
import { comparedValue } from './values.js';

export interface CellComparison {
  readonly id: string;
  readonly load: string;
  /** Runs that measured the cell well enough to be used. */
  readonly aRuns: number;
  readonly bRuns: number;
  readonly metrics: readonly MetricComparison[];
  readonly gates: readonly GateComparison[];
  /** Why the cell is not compared, or null. */
  readonly leftOut: string | null;
}

/** Returns the noise between runs for a cell and metric; null if unknown. */
export type NoiseOf = (cell: string, metric: ComparedMetric) => Noise | null;

export interface Sides {
  readonly a: readonly RunOnSide[];
  readonly b: readonly RunOnSide[];
}

/**
 * Compares every cell that both sides have, and every request of it, in the order of A. A run that could not measure a
 * cell is left out of it.
 * One valid run per side is judged by its seconds and `noiseOf`, several by the spread of the runs.
 */
export function compareRuns(all: Sides, metrics: readonly ComparedMetric[], noiseOf: NoiseOf): CellComparison[] {
  const sides = { a: expanded(all.a), b: expanded(all.b) };
  const ids = idsOf(sides.a).filter((id) => idsOf(sides.b).includes(id));
  const cells = ids.map((id) => compareCell(id, sides, metrics, noiseOf));
  const judged = asFamilies(
    cells.flatMap((cell) => cell.metrics),
    metrics,
  );
  let next = 0;
  return cells.map((cell) => ({ ...cell, metrics: cell.metrics.map(() => judged[next++]!) }));
}

/** Ids of the cells that any run of a side has. */
export function idsOf(runs: readonly RunOnSide[]): string[] {
  return [...new Set(runs.flatMap(({ run }) => run.cells.map(({ id }) => id)))];
}

/** Cells, and requests of the other cells, that only these runs have. */
export function onlyIn(runs: readonly RunOnSide[], others: readonly RunOnSide[]): string[] {
  const known = idsOf(expanded(others));
  const cells = idsOf(runs).filter((id) => !known.includes(id));
  const isOfOne = (id: string) => cells.some((cell) => id.startsWith(`${cell} `));
  return idsOf(expanded(runs)).filter((id) => !known.includes(id) && !isOfOne(id));
}

function expanded(runs: readonly RunOnSide[]): RunOnSide[] {
  return runs.map((from) => ({ ...from, run: withRequestCells(from.run) }));
}

/** A cell as one run measured it. */
interface Measured {
  readonly from: RunOnSide;
  readonly cell: ComparedCell;
}

function compareCell(id: string, sides: Sides, metrics: readonly ComparedMetric[], noiseOf: NoiseOf): CellComparison {
  const [a, b] = [usable(id, sides.a), usable(id, sides.b)];
  const { cell } = cellsOf(id, sides.a)[0]!;
  const { load, ramp } = cell;
  // Nothing else says how far apart two runs of a request lie.
  const ofCell = cell.ofCell ?? id;
  const counts = { id, load, aRuns: a.length, bRuns: b.length };
  const leftOut = ramp ? 'a ramp has no single row to compare' : missingSide(a, b);
  if (leftOut !== null) return { ...counts, metrics: [], gates: [], leftOut };
  const runs = (measured: readonly Measured[]) => measured.map(({ from }) => from.run);
  const cells = (measured: readonly Measured[]) => measured.map((one) => one.cell);
  const asked = metricsOf(cell, metrics);
  return {
    ...counts,
    metrics: asked.map((metric) => compareMetric(metric, a, b, noiseOf(ofCell, metric))),
    gates: [...compareGates(id, runs(a), runs(b)), ...beyondGates(asked, cells(a), cells(b))],
    leftOut: null,
  };
}

function cellsOf(id: string, runs: readonly RunOnSide[]): Measured[] {
  return runs.flatMap((from) => from.run.cells.filter((cell) => cell.id === id).map((cell) => ({ from, cell })));
}

function usable(id: string, runs: readonly RunOnSide[]): Measured[] {
  return cellsOf(id, runs).filter(({ from, cell }) => isUsable(from.run, cell));
}

function missingSide(a: readonly Measured[], b: readonly Measured[]): string | null {
  const side: Side | null = a.length === 0 ? 'a' : b.length === 0 ? 'b' : null;
  return side === null ? null : `no valid run of ${side.toUpperCase()} is left`;
}

function compareMetric(
  metric: ComparedMetric,
  a: readonly Measured[],
  b: readonly Measured[],
  noise: Noise | null,
): MetricComparison {
  const [inA, inB] = [valuesOf(metric, a), valuesOf(metric, b)];
  const without = inA.reasons[0] ?? inB.reasons[0] ?? null;
  if (inA.values.length === 0 || inB.values.length === 0) {
    const side = inA.values.length === 0 ? 'A' : 'B';
    return notCompared(metric, `No value of ${side}: ${(side === 'A' ? inA : inB).reasons[0]}.`);
  }
  const compared =
    inA.values.length + inB.values.length > 2
      ? compareReadings(inA.values, inB.values, metric, (x, y) => unpairedComparison(x, y, metric))
      : singleComparison(
          { a: inA.values[0]!, b: inB.values[0]!, within: withinOf(metric, inA.from[0]!, inB.from[0]!) },
          metric,
          noise,
        );
  const partly = without === null ? [] : [`Some runs have no value: ${without}.`];
  return { ...compared, notes: [...compared.notes, ...partly, ...doubts(metric, compared, [...a, ...b])] };
}

function valuesOf(metric: ComparedMetric, measured: readonly Measured[]) {
  const found = measured.map((one) => ({ one, value: comparedValue(one.cell, metric.key) }));
  return {
    values: found.flatMap(({ value }) => (value.measured === null ? [] : [value])),
    from: found.flatMap(({ one, value }) => (value.measured === null ? [] : [one])),
    reasons: found.flatMap(({ value }) => value.reason ?? []),
  };
}

/**
 * The variation within two single runs, from their seconds. For connects, or if seconds were not kept, from the
 * intervals that the runs report.
 */
function withinOf({ key }: ComparedMetric, a: Measured, b: Measured): Range | null {
  if (key === 'throughput') {
    const [meansA, meansB] = [throughputs(a, 'a'), throughputs(b, 'b')];
    return meansA === null || meansB === null ? null : withinRuns(meansA, meansB);
  }
  if (key === 'reach') return reachWithin(a.cell, b.cell);
  if (isDeliverTime(key)) {
    const [inA, inB] = [a, b].map(({ cell }) => servedInterval(cell, DELIVER_TIMES[key].time, DELIVER_TIMES[key].q));
    return inA == null || inB == null ? null : betweenEnds(inA, inB);
  }
  const seconds = (one: Measured): SecondResamples | undefined => one.from.resamples.get(one.cell.id);
  const [inA, inB] = [seconds(a), seconds(b)];
  if (key !== 'connect' && inA !== undefined && inB !== undefined) return withinRuns(inA[key], inB[key]);
  const own = ({ cell }: Measured) =>
    key === 'connect' ? cell.connectUs.total.ci.p50 : flowOf(cell).latencyUs.service?.ci[key];
  const [ownA, ownB] = [own(a), own(b)];
  return ownA === undefined || ownB === undefined ? null : betweenEnds(ownA, ownB);
}

function throughputs({ cell }: Measured, side: Side): readonly number[] | null {
  const measured = cell.seconds.filter(({ phase }) => phase === 'measure');
  const isSilent = countsDeliveries(cell);
  const counts = measured.flatMap((second) => second[isSilent ? 'delivered' : MODELS[cell.model].throughput] ?? []);
  // What a target does that falls behind is not what its seconds count.
  if (counts.length < measured.length || (isSilent && slowingFanout(cell) !== null)) return null;
  return resampleMeans(counts, new Rng(seedOf('throughput', side, cell.id)));
}

/** Reasons to doubt the two values of a metric, for the reader. */
function doubts({ key }: ComparedMetric, { a, b, readings }: MetricComparison, cells: readonly Measured[]): string[] {
  const said: string[] = [];
  if (
    key === 'throughput' &&
    cells.some(({ cell }) => cell.client.workers.some((worker) => isClientLimited(cell, worker)))
  ) {
    said.push('The generator limited this closed loop: its throughput is a lower bound.');
  }
  // If the way back was subtracted, the range already includes this error.
  if ((key === 'p50' || key === 'p99') && readings === null && a !== null && b !== null) {
    const errors = cells.map(({ cell }) => Math.abs(cell.client.instrumentErrorUs?.[key] ?? 0));
    const worst = Math.max(...errors);
    if (a !== b && Math.abs(b - a) < worst) {
      said.push(`The difference is smaller than the instrument error of ${(worst / 1000).toFixed(2)} ms.`);
    }
  }
  return said;
}
