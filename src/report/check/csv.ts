/**
 * checks.csv has a row for each check, figures.csv a row for each figure that a check measured. If a load was measured,
 * cells.csv is there too.
 */
import type { CheckDocument } from '../../documents/check-document.js';
import { csvText } from '../../text/csv-text.js';
import { cellsCsv } from '../run/csv.js';
import type { ReportFile } from '../shared/report-file.js';
import { scenarioTitle } from './words.js';

const CHECK_COLUMNS = ['scenario', 'check', 'title', 'status', 'tookMs', 'reason', 'sent', 'expected', 'received'];
const FIGURE_COLUMNS = ['scenario', 'check', 'name', 'value', 'unit'];

export function checkCsv({ scenarios, load }: CheckDocument): ReportFile[] {
  const checks = scenarios.flatMap((scenario) =>
    scenario.checks.map((check) => ({ scenario: scenarioTitle(scenario), check })),
  );
  const rows = checks.map(({ scenario, check }) => {
    const { id, title, status, tookMs, sent, expected, received } = check;
    const reason = check.status === 'passed' ? null : check.reason;
    return { scenario, check: id, title, status, tookMs, reason, sent, expected, received };
  });
  const figures = checks.flatMap(({ scenario, check }) =>
    check.measured.map(({ name, value, unit }) => ({ scenario, check: check.id, name, value, unit })),
  );
  return [
    { name: 'checks.csv', text: csvText(rows, CHECK_COLUMNS) },
    { name: 'figures.csv', text: csvText(figures, FIGURE_COLUMNS) },
    ...(load?.status === 'measured' ? [cellsCsv(load.result.cells)] : []),
  ];
}
