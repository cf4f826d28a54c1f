import type { SavedComparison } from '../../documents/saved-comparison.js';

/** The name of a comparison's files: `report` in a folder of its own, `comparison` beside the files of a run. */
export function reportName({ record }: SavedComparison): 'report' | 'comparison' {
  return record === null ? 'comparison' : 'report';
}
