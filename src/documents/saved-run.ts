import type { CellTimeline } from '../metrics/seconds/timeline.js';
import type { ResultDocument } from './result-document.js';

/** A saved run: everything that reports are made from. */
export interface SavedRun {
  readonly document: ResultDocument;
  /** One for each cell that wrote lines; a cell may be missing where the run crashed. */
  readonly timelines: readonly CellTimeline[];
}
