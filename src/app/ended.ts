import type { ExitCode } from '../errors.js';
import type { LongFile, ReportFile } from '../report/shared/report-file.js';

/** What a run, a search, a check or a comparison of builds came to. */
export interface Finished<Document> {
  /** What the command would exit with. */
  readonly exitCode: ExitCode;
  /** result.json. */
  readonly result: Document;
  /** Path of the folder that holds it. */
  readonly folder: string;
}

export interface Ended<Document> extends Finished<Document> {
  /** The reports written beside it. */
  readonly reports: readonly (ReportFile | LongFile)[];
}
