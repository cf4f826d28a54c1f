/** report.html of a capacity search; overlay.html of several. */
import type { CapacityDocument } from '../../documents/capacity-document.js';
import { pageText } from '../shared/html.js';
import type { PageAssets } from '../shared/page-assets.js';
import type { ReportFile } from '../shared/report-file.js';
import { type CapacityPageData, pageSearch } from './page-data.js';

export function capacityHtml(documents: readonly CapacityDocument[], assets: PageAssets): ReportFile[] {
  const data: CapacityPageData = { searches: documents.map(pageSearch) };
  const title = data.searches.map(({ id }) => id).join(', ');
  const name = documents.length === 1 ? 'report.html' : 'overlay.html';
  return [{ name, text: pageText({ kind: 'capacity', title, data }, assets) }];
}
