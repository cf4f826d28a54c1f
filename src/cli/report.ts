import { existsSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import path from 'node:path';
import { openSaved, type SavedResult } from '../app/saved-kinds.js';
import { EXIT, type ExitCode, usageError } from '../errors.js';
import { type FormatName, USUAL_FORMATS } from '../report/format-names.js';
import type { LongFile, ReportFile } from '../report/shared/report-file.js';
import { writeAtomic } from '../store/atomic-file.js';
import { reasonOf } from '../store/store-error.js';
import { sanitize } from '../text/sanitize.js';
import type { CliIo } from './io.js';
import { readPageAssets } from './live/page-assets.js';
import type { ReportRequest } from './options/report-options.js';

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

/** Renders a saved folder. Throws WsurgeError (104) where it cannot be read, or has no such format. */
export async function reportFiles(
  folder: string,
  formats: readonly FormatName[] | null,
): Promise<(ReportFile | LongFile)[]> {
  return await rendered(await openSaved([folder]), formats);
}

async function rendered(saved: SavedResult, formats: readonly FormatName[] | null): Promise<(ReportFile | LongFile)[]> {
  const missing = (formats ?? []).filter((format) => !saved.formats.includes(format));
  if (missing.length > 0) {
    throw usageError(
      'no_such_report',
      `${saved.folder}: results of this kind have no format ${missing.join(', ')}`,
      `--format ${saved.formats.join(',')}`,
    );
  }
  const wanted = formats ?? USUAL_FORMATS.filter((format) => saved.formats.includes(format));
  const assets = await readPageAssets();
  return wanted.flatMap((format) => saved.render(format, assets));
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

function tell(written: readonly string[], { json, quiet }: ReportRequest, io: CliIo): void {
  const shown = written.map((file) => path.relative(io.cwd, file));
  if (json) io.stdout.write(`${JSON.stringify({ written: shown }, null, 2)}\n`);
  else if (!quiet) for (const file of shown) io.stdout.write(`${file}\n`);
}
