import { appendFile } from 'node:fs/promises';
import type { LongFile, ReportFile } from '../report/shared/report-file.js';
import { reasonOf } from '../store/store-error.js';
import type { CliIo } from './io.js';

/** GitHub shows what is appended to this file on the page of the job. */
export async function appendSummary(io: CliIo, files: readonly (ReportFile | LongFile)[]): Promise<void> {
  const { GITHUB_STEP_SUMMARY: file } = io.env;
  const markdown = files.find(({ name }) => name.endsWith('.md'))?.text;
  if (file === undefined || file === '' || typeof markdown !== 'string') return;
  try {
    await appendFile(file, `${markdown}\n`, 'utf8');
  } catch (error) {
    // The results are safe, so a summary that cannot be written gives a warning and no exit code.
    io.stderr.write(`wsurge: the job summary was not written: ${reasonOf(error)}\n`);
  }
}
