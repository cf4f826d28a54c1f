/** report.html of a comparison that `ab` made; comparison.html of one by `compare`. */
import type { SavedComparison } from '../../documents/saved-comparison.js';
import { pageText } from '../shared/html.js';
import type { PageAssets } from '../shared/page-assets.js';
import type { ReportFile } from '../shared/report-file.js';
import { reportName } from './file-name.js';
import { pageComparison } from './page-data.js';

export function comparisonHtml(saved: SavedComparison, assets: PageAssets): ReportFile[] {
  const data = pageComparison(saved);
  return [{ name: `${reportName(saved)}.html`, text: pageText({ kind: 'comparison', title: data.id, data }, assets) }];
}
