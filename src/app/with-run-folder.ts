import { Redactor } from '../documents/redaction/redact.js';
import { messageOf } from '../errors.js';
import type { FormatName } from '../report/format-names.js';
import type { LongFile, ReportFile } from '../report/shared/report-file.js';
import type { RunFolder } from '../store/run-folder.js';
import type { RunRecordData, RunStatus } from '../store/run-record.js';
import { reportFiles } from './report-files.js';

/** What a folder is made for. */
export interface RunFolderSpec<Target> {
  /** Makes the folder, or opens the one to go on with. */
  readonly make: (startedAt: Date) => Promise<RunFolder>;
  /** When what the folder holds began, if it goes on: such a folder is never removed. Absent: now. */
  readonly begunAt?: Date;
  /** Values to strike out of all that is written. */
  readonly secrets: readonly string[];
  /** Starts what is to be measured, such as the server. Where it throws, no folder is left. */
  readonly open: () => Promise<Target>;
}

interface Closable {
  close(): Promise<void>;
}

/** What run.json says, apart from what the folder itself knows. */
export type RunFacts = Omit<RunRecordData, 'runId' | 'startedAt' | 'status' | 'error'>;

/** A result file: its name and its text. */
type ResultFile = readonly [name: string, text: string];

/**
 * Makes a folder, starts the target, and hands both to `work`. Whatever happens, the target is closed and so is the
 * folder. What `work` leaves behind:
 *
 *     never began      no folder
 *     threw            run.json with `crashed` and the error
 *     came to its end  the results, run.json with their status, the reports
 */
export async function withRunFolder<Target extends Closable, Result>(
  spec: RunFolderSpec<Target>,
  work: (run: OwnedRun<Target>) => Promise<Result>,
): Promise<Result> {
  const startedAt = spec.begunAt ?? new Date();
  const folder = await spec.make(startedAt);
  const state: { run: OwnedRun<Target> | null } = { run: null };
  try {
    const target = await spec.open();
    state.run = new OwnedRun(folder, new Redactor(spec.secrets), startedAt, target);
    return await work(state.run);
  } catch (error) {
    // The first error says what happened; that it cannot be noted says less.
    await state.run?.crash(error).catch(() => undefined);
    throw error;
  } finally {
    await close(folder, state.run);
    if (state.run?.hasBegun !== true && spec.begunAt === undefined) await folder.remove();
  }
}

async function close<Target extends Closable>(folder: RunFolder, run: OwnedRun<Target> | null): Promise<void> {
  try {
    await run?.target.close();
  } finally {
    await folder.close();
  }
}

/** A folder and its target while `withRunFolder` owns them. */
export class OwnedRun<Target> {
  readonly folder: RunFolder;
  readonly redactor: Redactor;
  readonly startedAt: Date;
  readonly target: Target;
  #facts: (() => RunFacts) | null = null;
  #hasBegun = false;

  constructor(folder: RunFolder, redactor: Redactor, startedAt: Date, target: Target) {
    this.folder = folder;
    this.redactor = redactor;
    this.startedAt = startedAt;
    this.target = target;
  }

  /** From here on the folder stays, and says how the run ended. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** Writes run.json for the first time. `facts` is asked again at the end: a restart may have moved the server. */
  async begin(facts: () => RunFacts): Promise<void> {
    await this.prepare(facts);
    this.keep();
  }

  /** As `begin`, but the folder goes unless `keep` is called. */
  async prepare(facts: () => RunFacts): Promise<void> {
    this.#facts = facts;
    await this.#write('running');
  }

  keep(): void {
    this.#hasBegun = true;
  }

  /**
   * Writes the results, then run.json with `status`, then the reports; they are rendered from the folder, exactly as
   * `wsurge report` does later. `formats`: null for the usual ones of this kind of result.
   */
  async end(
    status: RunStatus,
    results: readonly ResultFile[],
    formats: readonly FormatName[] | null,
  ): Promise<readonly (ReportFile | LongFile)[]> {
    for (const [name, text] of results) await this.folder.writeReport(name, text);
    await this.#write(status);
    if (formats?.length === 0) return [];
    const reports = await reportFiles(this.folder.path, formats);
    for (const { name, text } of reports) await this.folder.writeReport(name, text);
    return reports;
  }

  /** Notes the error that ended the run, where it had begun. */
  async crash(error: unknown): Promise<void> {
    if (this.#hasBegun) await this.#write('crashed', { error: this.redactor.text(messageOf(error)) });
  }

  async #write(status: RunStatus, more: { readonly error?: string } = {}): Promise<void> {
    if (this.#facts === null) throw new Error('the run has not begun');
    const own = { runId: this.folder.runId, startedAt: this.startedAt.toISOString() };
    await this.folder.writeRun({ ...own, ...this.#facts(), status, ...more });
  }
}
