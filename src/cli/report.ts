import { existsSync } from 'node:fs';
import path from 'node:path';
import { rendered } from '../app/report-files.js';
import { openSaved } from '../app/saved-kinds.js';
import { EXIT, type ExitCode, usageError } from '../errors.js';
import type { LongFile, ReportFile } from '../report/shared/report-file.js';
import { writeAtomic } from '../store/atomic-file.js';
import { sanitize } from '../text/sanitize.js';
import type { CliIo } from './io.js';
import type { ReportRequest } from './options/report-options.js';
import { appendSummary } from './summary.js';

const MOST_REMARK = 1000;

/** `wsurge report`: the files of a saved folder, made anew from what it holds. */
export async function reportCommand(request: ReportRequest, io: CliIo): Promise<ExitCode> {
  const folders = request.folders.map((folder) => path.resolve(io.cwd, folder));
  const output = request.output === null ? null : path.resolve(io.cwd, request.output);
  if (output !== null && !existsSync(output)) {
    throw usageError('no_output_folder', `--output ${request.output}: there is no such folder`, 'make it first');
  }
  const saved = await openSaved(folders);
  const files = await rendered(saved, request.formats);
  const target = output ?? saved.folder;
  const written = await writeFiles(target, files);
  if (request.formats?.includes('md') === true) await appendSummary(io, files);
  if (saved.remark !== null) io.stderr.write(`wsurge: ${sanitize(saved.remark, MOST_REMARK)}\n`);
  tell(written, request, io);
  return EXIT.passed;
}

/** Writes each file whole or not at all; returns their paths. */
async function writeFiles(folder: string, files: readonly (ReportFile | LongFile)[]): Promise<string[]> {
  const paths: string[] = [];
  for (const { name, text } of files) {
    const file = path.join(folder, name);
    await writeAtomic(file, text);
    paths.push(file);
  }
  return paths;
}

function tell(written: readonly string[], { json, quiet }: ReportRequest, io: CliIo): void {
  const shown = written.map((file) => path.relative(io.cwd, file));
  if (json) io.stdout.write(`${JSON.stringify({ written: shown }, null, 2)}\n`);
  else if (!quiet) for (const file of shown) io.stdout.write(`${file}\n`);
}
