import { usageError } from '../errors.js';
import { type FormatName, USUAL_FORMATS } from '../report/format-names.js';
import type { LongFile, ReportFile } from '../report/shared/report-file.js';
import { readPageAssets } from './page-assets.js';
import { openSaved, type SavedResult } from './saved-kinds.js';

/** Renders a saved folder. Throws WsurgeError (104) where it cannot be read, or has no such format. */
export async function reportFiles(
  folder: string,
  formats: readonly FormatName[] | null,
): Promise<(ReportFile | LongFile)[]> {
  return await rendered(await openSaved([folder]), formats);
}

/** `formats`: null for those that `run` writes. Throws WsurgeError (104) for a format that this kind of result has not. */
export async function rendered(
  saved: SavedResult,
  formats: readonly FormatName[] | null,
): Promise<(ReportFile | LongFile)[]> {
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
