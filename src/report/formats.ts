/**
 * Every format of saved results. There is one list of names; each kind of result says which formats it has, and how.
 */

import type { CapacityDocument } from '../documents/capacity-document.js';
import type { CheckDocument } from '../documents/check-document.js';
import type { SavedComparison } from '../documents/saved-comparison.js';
import type { SavedRun } from '../documents/saved-run.js';
import { capacityCsv } from './capacity/csv.js';
import { capacityJUnit } from './capacity/junit.js';
import { capacityMarkdown } from './capacity/markdown.js';
import { capacityHtml } from './capacity/page.js';
import { checkCsv } from './check/csv.js';
import { checkJunit } from './check/junit.js';
import { checkMarkdown } from './check/markdown.js';
import { checkHtml } from './check/page.js';
import { comparisonCsv } from './comparison/csv.js';
import { reportName } from './comparison/file-name.js';
import { comparisonJUnit } from './comparison/junit.js';
import { comparisonMarkdown } from './comparison/markdown.js';
import { comparisonHtml } from './comparison/page.js';
import type { FormatName } from './format-names.js';
import { csvFiles } from './run/csv.js';
import { hgrmFiles, hlogFiles } from './run/hdr-files.js';
import { jsonReporter, jsonText } from './run/json.js';
import { junitFiles } from './run/junit.js';
import { markdownReporter } from './run/markdown.js';
import { runHtml } from './run/page.js';
import type { PageAssets } from './shared/page-assets.js';
import type { LongFile, ReportFile } from './shared/report-file.js';

/** Renders the files of one format. They depend on the saved data alone, so they are the same bytes at any time. */
export type Render<Saved> = (saved: Saved, assets: PageAssets) => readonly (ReportFile | LongFile)[];

/** The formats of one kind of result. A new kind adds one of these, beside `RUN_FORMATS`. */
export type KindFormats<Saved> = Readonly<Partial<Record<FormatName, Render<Saved>>>>;

/** Names of documents: a search writes its own beside an equal result.json, `compare` in place of result.json. */
export const CAPACITY_FILE = 'capacity.json';
export const COMPARISON_FILE = 'comparison.json';

export const RUN_FORMATS: KindFormats<SavedRun> = {
  html: (saved, assets) => runHtml([saved], assets),
  md: ({ document }) => [{ name: markdownReporter.file, text: markdownReporter.render(document) }],
  junit: junitFiles,
  csv: csvFiles,
  hgrm: hgrmFiles,
  hlog: hlogFiles,
  json: ({ document }) => [{ name: jsonReporter.file, text: jsonReporter.render(document) }],
};

export const CAPACITY_FORMATS: KindFormats<CapacityDocument> = {
  html: (document, assets) => capacityHtml([document], assets),
  md: (document) => [{ name: 'report.md', text: capacityMarkdown(document) }],
  junit: capacityJUnit,
  csv: capacityCsv,
  json: (document) => [jsonReporter.file, CAPACITY_FILE].map((name) => ({ name, text: jsonText(document) })),
};

export const COMPARISON_FORMATS: KindFormats<SavedComparison> = {
  html: comparisonHtml,
  md: (saved) => [{ name: `${reportName(saved)}.md`, text: comparisonMarkdown(saved.document) }],
  junit: (saved) => [
    { name: reportName(saved) === 'report' ? 'junit.xml' : 'comparison.xml', text: comparisonJUnit(saved.document) },
  ],
  csv: comparisonCsv,
  json: (saved) => [
    { name: reportName(saved) === 'report' ? jsonReporter.file : COMPARISON_FILE, text: jsonText(saved.document) },
  ],
};

export const CHECK_FORMATS: KindFormats<CheckDocument> = {
  html: checkHtml,
  md: (document) => [{ name: 'report.md', text: checkMarkdown(document) }],
  junit: (document) => [{ name: 'junit.xml', text: checkJunit(document) }],
  csv: checkCsv,
  json: (document) => [{ name: 'result.json', text: jsonText(document) }],
};
