/** The cells that a threshold is about, each as the request sees it that the threshold names. */
import type { CellResult } from '../metrics/cell-result.js';
import type { Threshold } from '../profile/profile.js';
import { parseCount, parseRatePerSecond } from '../units.js';
import { asRequest } from './request-cell.js';

export interface Selection {
  readonly cells: readonly CellResult[];
  /** False if only the server's engine keeps cells from matching: the threshold is about another server. */
  readonly applicable: boolean;
}

export function select(threshold: Pick<Threshold, 'selector'>, cells: readonly CellResult[]): Selection {
  const { engine, request, ...axes } = threshold.selector;
  const onAxes = cells.filter((cell) => matchesAxes(cell, axes)).flatMap((cell) => ofRequest(cell, request));
  const matching = engine === undefined ? onAxes : onAxes.filter((cell) => cell.server.engine === engine);
  return { cells: matching, applicable: matching.length > 0 || onAxes.length === 0 };
}

function matchesAxes(cell: CellResult, axes: Readonly<Record<string, string>>): boolean {
  return (
    (axes['load'] === undefined || axes['load'] === cell.load) &&
    (axes['cell'] === undefined || axes['cell'] === cell.id) &&
    (axes['connections'] === undefined || parseCount(axes['connections']) === cell.axes.connections) &&
    (axes['rate'] === undefined || (cell.axes.rate !== null && parseRatePerSecond(axes['rate']) === cell.axes.rate))
  );
}

function ofRequest(cell: CellResult, request: string | undefined): CellResult[] {
  if (request === undefined) return [cell];
  const own = asRequest(cell, request);
  return own === null ? [] : [own];
}
