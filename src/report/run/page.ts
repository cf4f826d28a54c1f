/** report.html of a run; overlay.html of several. */
import type { SavedRun } from '../../documents/saved-run.js';
import { type Page, pageText } from '../shared/html.js';
import type { PageAssets } from '../shared/page-assets.js';
import type { ReportFile } from '../shared/report-file.js';
import { type PageData, pageData } from './page-data.js';

/** One run, or several laid over each other. */
export function runHtml(saved: readonly SavedRun[], assets: PageAssets): ReportFile[] {
  return [
    { name: saved.length === 1 ? 'report.html' : 'overlay.html', text: pageText(runPage(pageData(saved)), assets) },
  ];
}

export function runPage(data: PageData): Page {
  return { kind: 'run', title: data.runs.map(({ id }) => id).join(', '), data };
}
