/** report.html of a comparison that `ab` made; comparison.html of one by `compare`. */
import { reportName, type SavedComparison } from '../../documents/saved-comparison.js';
import type { ReportFile } from '../../documents/saved-run.js';
import { pageText } from '../shared/html.js';
import type { PageAssets } from '../shared/page-assets.js';
import { pageComparison } from './page-data.js';

export function comparisonHtml(saved: SavedComparison, assets: PageAssets): ReportFile[] {
  const data = pageComparison(saved);
  return [{ name: `${reportName(saved)}.html`, text: pageText({ kind: 'comparison', title: data.id, data }, assets) }];
}
