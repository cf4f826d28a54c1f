import { existsSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import path from 'node:path';
import type { Argv } from 'yargs';
import { EXIT, type ExitCode, type Problem, usageError, WsurgeError } from '../errors.js';
import { suggest } from '../profile/did-you-mean.js';
import { FORMATS, type FormatName, formatsOf, USUAL_FORMATS } from '../report/formats.js';
import type { ReportFile } from '../report/saved-run.js';
import { writeAtomic } from '../store/atomic-file.js';
import { reasonOf } from '../store/store-error.js';
import type { CliIo } from './io.js';
import { readPageAssets } from './page-assets.js';
import { openSaved, type SavedResult } from './saved-kinds.js';

/** Folders of results; without one the help is asked for. */
export const REPORT_COMMAND = 'report [folders..]';

export function reportOptions<T>(yargs: Argv<T>): Argv<T> {
  yargs.strict(false);
  yargs.positional('folders', {
    type: 'string',
    array: true,
    describe: 'results/<run>; several are laid over each other',
  });
  yargs.option('format', { type: 'string', describe: `${FORMATS.join(', ')}, several with commas [md,html]` });
  yargs.option('output', { alias: 'o', type: 'string', describe: 'Folder to write to [the run folder]' });
  yargs.option('json', { type: 'boolean', describe: 'Say what was written as one JSON document' });
  yargs.option('quiet', { alias: 'q', type: 'boolean', describe: 'Say nothing' });
  yargs.epilogue(`Examples:
  wsurge report results/2026-11-24T10-15-30Z-report
  wsurge report results/2026-11-24T10-15-30Z-report --format junit,csv
  wsurge report results/A results/B        both in one page: overlay.html`);
  return yargs;
}

interface ReportRequest {
  readonly folders: readonly string[];
  /** Null: what `run` writes. */
  readonly formats: readonly FormatName[] | null;
  readonly output: string | null;
  readonly json: boolean;
  readonly quiet: boolean;
}

/** `wsurge report`: the files of a saved folder, made anew from what it holds. */
export async function reportCommand(argv: Readonly<Record<string, unknown>>, io: CliIo): Promise<ExitCode> {
  const request = requestOf(argv);
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
  tell(written, request, io);
  return EXIT.passed;
}

/** Renders a saved folder. Throws WsurgeError (104) where it cannot be read, or has no such format. */
export async function reportFiles(folder: string, formats: readonly FormatName[] | null): Promise<ReportFile[]> {
  return await rendered(await openSaved([folder]), formats);
}

async function rendered(saved: SavedResult, formats: readonly FormatName[] | null): Promise<ReportFile[]> {
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
async function writeFiles(folder: string, files: readonly ReportFile[]): Promise<string[]> {
  const paths: string[] = [];
  for (const { name, text } of files) {
    const file = path.join(folder, name);
    await writeAtomic(file, text);
    paths.push(file);
  }
  return paths;
}

/** GitHub shows what is appended to this file on the page of the job. */
export async function appendSummary(io: CliIo, files: readonly ReportFile[]): Promise<void> {
  const { GITHUB_STEP_SUMMARY: file } = io.env;
  const markdown = files.find(({ name }) => name.endsWith('.md'));
  if (file === undefined || file === '' || markdown === undefined) return;
  try {
    await appendFile(file, `${markdown.text}\n`, 'utf8');
  } catch (error) {
    // The results are safe; a summary that cannot be shown is worth a word, not an exit code.
    io.stderr.write(`wsurge: the job summary was not written: ${reasonOf(error)}\n`);
  }
}

function tell(written: readonly string[], { json, quiet }: ReportRequest, io: CliIo): void {
  const shown = written.map((file) => path.relative(io.cwd, file));
  if (json) io.stdout.write(`${JSON.stringify({ written: shown }, null, 2)}\n`);
  else if (!quiet) for (const file of shown) io.stdout.write(`${file}\n`);
}

const KNOWN = ['format', 'output', 'o', 'json', 'quiet', 'q', 'folders', 'help', 'h', 'version', '_', '$0'];

/** The command line, every problem with it at once (104). */
function requestOf(argv: Readonly<Record<string, unknown>>): ReportRequest {
  const problems: Problem[] = Object.keys(argv)
    .filter((name) => !KNOWN.includes(name))
    .map((name) => ({
      where: `${name.length === 1 ? '-' : '--'}${name}`,
      message: 'is no option of report',
      hint: suggest(name, ['format', 'output', 'json', 'quiet']),
    }));
  const folders = [argv['folders'] ?? []].flat().map(String);
  if (folders.length === 0) {
    problems.push({
      where: 'wsurge report',
      message: 'needs the folder of a run',
      hint: 'e.g. wsurge report results/<run>',
    });
  }
  const { formats, unknown } = formatsOf(argv['format']);
  for (const name of unknown) {
    problems.push({
      where: '--format',
      message: `there is no format ${JSON.stringify(name)}`,
      hint: suggest(name, FORMATS),
    });
  }
  if (folders.length > 1 && formats !== null && formats.some((format) => format !== 'html')) {
    problems.push({ where: '--format', message: 'several runs together make one HTML page', hint: 'name one folder' });
  }
  if (Array.isArray(argv['output'])) problems.push({ where: '--output', message: 'is given more than once' });
  if (problems.length > 0) {
    throw new WsurgeError(EXIT.usage, 'report_options', 'this cannot be reported', {
      problems,
      next: 'wsurge report --help',
    });
  }
  return {
    folders,
    formats,
    output: typeof argv['output'] === 'string' ? argv['output'] : null,
    json: argv['json'] === true,
    quiet: argv['quiet'] === true,
  };
}
