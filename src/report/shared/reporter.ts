import type { ResultDocument } from '../../documents/result-document.js';

/** One format of a report. Everything it says comes from the document, so that any saved run can be rendered again. */
export interface Reporter {
  /** Name of the file it is written to, e.g. `report.md`. */
  readonly file: string;
  render(document: ResultDocument): string;
}
