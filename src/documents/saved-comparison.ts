import type { ComparisonDocument } from './comparison-schema.js';

/** A comparison as its folder holds it. */
export interface SavedComparison {
  readonly document: ComparisonDocument;
  /** What run.json says of the comparison that `ab` made; null where `compare` wrote a document alone. */
  readonly record: { readonly runId: string; readonly profile: unknown } | null;
}
