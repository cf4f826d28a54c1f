/** The result of `wsurge calibrate`, and the warnings that a run gives because of it. */
import type { CellResult } from '../metrics/cell-result.js';
import { flowOf, headlineOf } from '../metrics/flow.js';
import { type Cell, peakConnections, peakRate } from '../plan/cell.js';
import { DEFAULT_ACCURACY } from '../profile/accuracy.js';
import type { Accuracy } from '../profile/profile.js';
import { greatestOf } from '../stats/extremes.js';
import { formatCount, formatMs } from '../units.js';
import { plain } from './cell-facts.js';
import { FLOOR_MULTIPLE, TABLE_QUANTILES } from './limits.js';

/** Measured against the embedded server, which takes its share of the machine. Null: not found. */
export interface Calibration {
  /** What VALID asked for; absent in files of older versions, which asked for the usual. */
  readonly accuracy?: Accuracy | undefined;
  /** Response time of an echo with nothing else to do, microseconds. */
  readonly floorUs: { readonly p50: number | null; readonly p99: number | null };
  readonly ratePerSecond: number | null;
  readonly connections: number | null;
  readonly connectsPerSecond: number | null;
}

/** Under load, brackets are about this many times as wide as those of an idle echo. */
const BESIDE_FLOOR = 2;
const GRAIN_US = 100;

/**
 * The accuracy to which this machine can measure: the usual one, or twice the widest bracket of an idle echo if that is
 * more.
 */
export function accuracyHere({ brackets }: CellResult): Accuracy {
  const widths = TABLE_QUANTILES.flatMap((name) => {
    const bracket = brackets?.quantiles[name];
    return bracket === undefined ? [] : [bracket[1] - bracket[0]];
  });
  const us = GRAIN_US * Math.ceil((BESIDE_FLOOR * greatestOf([0, ...widths])) / GRAIN_US);
  return us > DEFAULT_ACCURACY.us ? { ...DEFAULT_ACCURACY, us } : DEFAULT_ACCURACY;
}

/** Warnings for a plan that asks for more than this machine could do; empty if it does not. */
export function beyondCalibration(cells: readonly Cell[], calibration: Calibration): string[] {
  const asked: readonly [asked: number, found: number | null, what: string][] = [
    [Math.max(0, ...cells.map((cell) => peakRate(cell) ?? 0)), calibration.ratePerSecond, 'msg/s'],
    [Math.max(0, ...cells.map(peakConnections)), calibration.connections, 'connections'],
    [connectRateOf(cells), calibration.connectsPerSecond, 'connects a second'],
  ];
  return asked.flatMap(([wanted, found, what]) =>
    found === null || wanted <= found
      ? []
      : [
          `${formatCount(wanted)} ${what} are asked for; this machine was found fit for ${formatCount(found)} (wsurge calibrate)`,
        ],
  );
}

/** A cell with few connections never reaches its rate. */
function connectRateOf(cells: readonly Cell[]): number {
  return Math.max(0, ...cells.map((cell) => Math.min(cell.connectRate, peakConnections(cell))));
}

/** Warnings for cells whose median is so near the floor that it says little about the server. */
export function nearFloor(cells: readonly CellResult[], { floorUs }: Calibration): string[] {
  const floor = floorUs.p50;
  if (floor === null) return [];
  // A cell with a null twin has a floor of its own and its own note.
  const others = cells.filter(({ nullTwin }) => nullTwin?.status !== 'measured');
  const near = others.flatMap((cell) => {
    const headline = headlineOf(flowOf(cell));
    const p50 = headline === null ? null : plain(headline, 'p50');
    return p50 === null || p50 >= FLOOR_MULTIPLE * floor ? [] : [{ id: cell.id, p50 }];
  });
  const [first] = near;
  if (first === undefined) return [];
  const more = near.length === 1 ? '' : `, and of ${near.length - 1} more`;
  return [
    `the p50 of ${first.id}${more} (${formatMs(first.p50)} ms) is under ${FLOOR_MULTIPLE} times the floor of this machine (${formatMs(floor)} ms): it says as much of the machine as of the server`,
  ];
}
