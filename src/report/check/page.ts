/** report.html of a check. */
import type { CheckDocument } from '../../documents/check-document.js';
import { pageText } from '../shared/html.js';
import type { PageAssets } from '../shared/page-assets.js';
import type { ReportFile } from '../shared/report-file.js';
import { checkPageData } from './page-data.js';

export function checkHtml(document: CheckDocument, assets: PageAssets): ReportFile[] {
  const page = { kind: 'check', title: document.runId, data: checkPageData(document) } as const;
  return [{ name: 'report.html', text: pageText(page, assets) }];
}
