import type { CellProgress } from '../../src/coordinator/cell-events.js';

/** The progress of a cell of which nothing is known yet. */
export const NO_PROGRESS: CellProgress = {
  ...{ agents: [], open: 0, durationMs: 1000 },
  latest: () => null,
  second: () => null,
  soFar: () => null,
};
