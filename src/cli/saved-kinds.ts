/** How each kind of saved result is read from its folder and rendered. */
import { usageError } from '../errors.js';
import { timelinesOf } from '../metrics/timeline.js';
import { type FormatName, type KindFormats, RUN_FORMATS } from '../report/formats.js';
import type { PageAssets } from '../report/html/page-assets.js';
import { parseResult } from '../report/result-schema.js';
import type { ReportFile, SavedRun } from '../report/saved-run.js';
import { readIntervals, readResult, readRun } from '../store/read-run.js';

/** A saved folder of one kind, ready to be rendered. */
export interface SavedResult {
  readonly formats: readonly FormatName[];
  render(format: FormatName, assets: PageAssets): readonly ReportFile[];
}

type Open = (folder: string) => Promise<SavedResult>;

function kind<Saved>(read: (folder: string) => Promise<Saved>, formats: KindFormats<Saved>): Open {
  return async (folder) => {
    const saved = await read(folder);
    return {
      formats: Object.keys(formats) as FormatName[],
      render: (format, assets) => formats[format]?.(saved, assets) ?? [],
    };
  };
}

/** By the `kind` of result.json. */
const KINDS: Readonly<Record<string, Open>> = {
  run: kind(readSavedRun, RUN_FORMATS),
};

/** A saved folder of any kind. Throws WsurgeError (104) where it is missing, torn, or of another version. */
export async function openSaved(folder: string): Promise<SavedResult> {
  const name = await readResult(folder, kindOf);
  const open = Object.hasOwn(KINDS, name) ? KINDS[name] : undefined;
  if (open === undefined) {
    throw usageError(
      'results_unreadable',
      `${folder}: holds results of kind ${JSON.stringify(name)}; this version of wsurge renders ${Object.keys(KINDS).join(', ')}`,
    );
  }
  return await open(folder);
}

function kindOf(value: unknown): string {
  const kind = typeof value === 'object' && value !== null ? (value as { kind?: unknown }).kind : undefined;
  if (typeof kind !== 'string') throw new Error('no result document: it names no kind');
  return kind;
}

/** A run with every second of its cells. Throws WsurgeError (104) where one of its three files is missing or damaged. */
export async function readSavedRun(folder: string): Promise<SavedRun> {
  // run.json says what was run where nothing else came to be; a folder without it is none of ours.
  await readRun(folder);
  const document = await readResult(folder, parseResult);
  const { intervals } = await readIntervals(folder);
  return { document, timelines: timelinesOf(intervals) };
}
