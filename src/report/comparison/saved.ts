import type { ComparisonDocument } from './schema.js';

/** A comparison as its folder holds it. */
export interface SavedComparison {
  readonly document: ComparisonDocument;
  /** What run.json says of the comparison that `ab` made; null where `compare` wrote a document alone. */
  readonly record: { readonly runId: string; readonly profile: unknown } | null;
}

/**
 * What its files are named after: a folder of its own has a report, a document beside a run is told apart by its name.
 */
export function reportName({ record }: SavedComparison): 'report' | 'comparison' {
  return record === null ? 'comparison' : 'report';
}
