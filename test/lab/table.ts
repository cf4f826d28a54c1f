import type { Experiment, Finding } from './experiment.js';
import { type Figures, figuresOf } from './figures.js';

const COLUMNS = 80;
const HEADS: Figures = { what: 'measure', truth: 'truth', reported: 'reported', error: 'error', allowed: 'allowed' };
const NUMBERS = ['truth', 'reported', 'error', 'allowed'] as const;
const VERDICT_WIDTH = 4;

/** One experiment's findings as lines of at most 80 columns, closed by its verdict. */
export function terminalTable(
  { id, title }: Omit<Experiment, 'run'>,
  findings: readonly Finding[],
  tookMs: number,
): string {
  const rows = findings.map(figuresOf);
  const widths = NUMBERS.map((name) => Math.max(...[HEADS, ...rows].map((row) => row[name].length)));
  const whatWidth = COLUMNS - VERDICT_WIDTH - 2 - widths.reduce((sum, width) => sum + width + 2, 0);
  const line = (row: Figures, verdict: string) => {
    const numbers = NUMBERS.map((name, i) => row[name].padStart(widths[i]!)).join('  ');
    // A long name has a line of its own.
    const isLong = row.what.length > whatWidth;
    const what = isLong ? `${row.what}\n${' '.repeat(whatWidth)}` : row.what.padEnd(whatWidth);
    return `${what}  ${numbers}  ${verdict}`.trimEnd();
  };
  const lineOf = (finding: Finding, row: Figures) => {
    const text = line(row, finding.within ? 'ok' : 'FAIL');
    return finding.within || finding.note === null ? text : `${text}\n${finding.note}`;
  };
  const passed = findings.every(({ within }) => within);
  return [
    `${id}  ${title}`,
    line(HEADS, ''),
    ...rows.map((row, i) => lineOf(findings[i]!, row)),
    `${passed ? 'PASS' : 'FAIL'}  ${id}, ${(tookMs / 1000).toFixed(1)} s`,
    '',
    '',
  ].join('\n');
}
