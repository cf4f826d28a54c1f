/** Keeps each check of a run on the disk as it is done, so that a check that is killed has a report. */

import type { ServerEnd } from '../check/outcome/server-end.js';
import type { CheckResult } from '../check/runner.js';
import type { SetAside } from '../check/set-aside.js';
import type { CheckDocument } from '../documents/check-document.js';
import { CheckLines } from '../documents/check-lines.js';
import type { Redactor } from '../documents/redaction/redact.js';
import type { RunFolder } from '../store/run-folder.js';

export class KeptChecks {
  readonly #folder: Pick<RunFolder, 'appendCheck'>;
  readonly #lines: CheckLines;
  readonly #setAside: SetAside | null;
  readonly #startMs = performance.now();

  constructor(
    folder: Pick<RunFolder, 'appendCheck'>,
    redactors: { readonly redactor: Redactor; readonly foreign: Redactor },
    setAside: SetAside | null,
  ) {
    this.#folder = folder;
    this.#lines = new CheckLines(redactors);
    this.#setAside = setAside;
  }

  /** Before the first check. `nothingDone`: the document of a check of which nothing is done. */
  begin(nothingDone: CheckDocument, required: readonly string[], withLoad: boolean): void {
    this.#folder.appendCheck(this.#lines.planned(nothingDone, required, withLoad));
  }

  check(result: CheckResult): void {
    this.#folder.appendCheck(this.#lines.done(result, performance.now() - this.#startMs, this.#setAside));
  }

  serverEnded(end: ServerEnd): void {
    this.#folder.appendCheck(this.#lines.ended(end));
  }
}
