/** Every format a saved folder can be rendered in. One list of names; each kind of result says which it has, and how. */
import { csvFiles } from './csv.js';
import { hgrmFiles, hlogFiles } from './hdr-files.js';
import type { PageAssets } from './html/page-assets.js';
import { runHtml } from './html/run-page.js';
import { jsonReporter } from './json.js';
import { markdownReporter } from './markdown.js';
import { junitFiles } from './run-junit.js';
import type { ReportFile, SavedRun } from './saved-run.js';

export const FORMATS = ['html', 'md', 'junit', 'csv', 'hgrm', 'hlog', 'json'] as const;
export type FormatName = (typeof FORMATS)[number];

/** What `run` writes beside result.json, and `report` where no format is asked for. */
export const USUAL_FORMATS: readonly FormatName[] = ['md', 'html'];

/** `html,md`, or a list of such; null where none is asked for. */
export function formatsOf(given: unknown): { formats: FormatName[] | null; unknown: string[] } {
  if (given === undefined) return { formats: null, unknown: [] };
  const names = [given].flat().flatMap((text) => String(text).split(','));
  const wanted = [...new Set(names.map((name) => name.trim()))];
  const isFormat = (name: string): name is FormatName => (FORMATS as readonly string[]).includes(name);
  return { formats: wanted.filter(isFormat), unknown: wanted.filter((name) => !isFormat(name)) };
}

/** The files of one format, made of what was saved alone: the same bytes at any time. */
export type Render<Saved> = (saved: Saved, assets: PageAssets) => readonly ReportFile[];

/** The formats that a kind of result has. A new kind is another of these, beside `RUN_FORMATS`. */
export type KindFormats<Saved> = Readonly<Partial<Record<FormatName, Render<Saved>>>>;

export const RUN_FORMATS: KindFormats<SavedRun> = {
  html: (saved, assets) => runHtml([saved], assets),
  md: ({ document }) => [{ name: markdownReporter.file, text: markdownReporter.render(document) }],
  junit: junitFiles,
  csv: csvFiles,
  hgrm: hgrmFiles,
  hlog: hlogFiles,
  json: ({ document }) => [{ name: jsonReporter.file, text: jsonReporter.render(document) }],
};
