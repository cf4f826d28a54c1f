import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import picocolors from 'picocolors';
import { jsonReporter } from '../../src/report/run/json.js';
import { markdownReporter } from '../../src/report/run/markdown.js';
import type { PlanSummary, Spoken } from '../../src/report/run/plan-summary.js';
import { spokenText } from '../../src/report/run/spoken-text.js';
import { reportModel } from '../../src/report/run/tables.js';
import { closingText, planCellsText, planText, terminalText } from '../../src/report/run/terminal.js';
import type { TerminalStyle } from '../../src/report/shared/terminal-table.js';
import {
  chatCells,
  concurrencyCells,
  documentOf,
  manyLoads,
  refusingChat,
  threshold,
  throughputCells,
  troubleCells,
} from './document-fixture.js';
import { fanoutCells } from './fanout-fixture.js';
import { assertGolden } from './golden.js';

const style = (some: Partial<TerminalStyle> = {}): TerminalStyle => ({
  colors: picocolors.createColors(false),
  columns: 80,
  wide: false,
  ...some,
});

describe('golden reports', () => {
  const healthy = documentOf();
  const trouble = documentOf({ cells: troubleCells(), thresholds: [] });
  const loads = documentOf({ cells: manyLoads(), thresholds: [] });

  it('a healthy run on a terminal', () => assertGolden('healthy.txt', terminalText(healthy, style())));
  it('a healthy run, wide', () =>
    assertGolden('healthy-wide.txt', terminalText(healthy, style({ columns: 120, wide: true }))));
  it('a healthy run in colour', () =>
    assertGolden('healthy-colour.txt', terminalText(healthy, style({ colors: picocolors.createColors(true) }))));
  it('a healthy run in Markdown', () => assertGolden('healthy.md', markdownReporter.render(healthy)));
  it('a run in trouble on a terminal', () => assertGolden('trouble.txt', terminalText(trouble, style())));
  it('a run in trouble in Markdown', () => assertGolden('trouble.md', markdownReporter.render(trouble)));
  it('matrix, closed, listening, holding and ramping loads', () =>
    assertGolden('loads.txt', terminalText(loads, style())));
  it('the same in Markdown', () => assertGolden('loads.md', markdownReporter.render(loads)));
  const chat = documentOf({
    cells: chatCells(),
    thresholds: [
      threshold({
        metric: 'ws_response_time',
        expression: 'p(95)<5',
        aggregation: { kind: 'percentile', quantile: 0.95 },
        limit: 5000,
        selector: { load: 'chat', request: 'history' },
        title: 'History',
        gate: true,
      }),
    ],
  });
  const refusing = documentOf({ cells: refusingChat(), thresholds: [] });
  it('requests under their cells, and sessions, on a terminal', () =>
    assertGolden('chat.txt', terminalText(chat, style())));
  it('the same, wide', () => assertGolden('chat-wide.txt', terminalText(chat, style({ columns: 120, wide: true }))));
  it('the same in Markdown', () => assertGolden('chat.md', markdownReporter.render(chat)));
  it('a server that refuses sessions', () => assertGolden('chat-refusing.txt', terminalText(refusing, style())));

  const fanout = documentOf({ cells: fanoutCells(), thresholds: [] });
  it('what is sent to many, on a terminal', () => assertGolden('fanout.txt', terminalText(fanout, style())));
  it('the same, wide', () =>
    assertGolden('fanout-wide.txt', terminalText(fanout, style({ columns: 120, wide: true }))));
  it('the same in Markdown', () => assertGolden('fanout.md', markdownReporter.render(fanout)));

  it('JSON is the document', () => {
    const { cells: _, ...rest } = healthy;
    assertGolden('head.json', jsonReporter.render({ ...rest, cells: [] }));
  });

  it('the closing lines', () =>
    assertGolden(
      'closing.txt',
      closingText(reportModel(healthy), 'results/2026-11-24T10-15-30Z-report/report.md', style()),
    ));

  it('a plan, and its cells for --dry-run', () => {
    const cells = [...concurrencyCells(), ...throughputCells()].map((cell) => ({
      ...cell,
      durationMs: 12_600,
      messages: cell.flows[0]!.messages.planned,
    }));
    const plan: PlanSummary = {
      name: 'report',
      target: 'embedded server (auto)',
      cells,
      connections: 1961,
      peakConnections: 1000,
      messages: 83_600,
      workers: 2,
      pacing: 'timer',
      engine: 'ws',
      totalMs: 121_000,
      ...{ twinMs: 0, idleMs: 7700 },
      longestMs: 121_000,
      memoryBytes: 2_800_000,
    };
    assertGolden('plan.txt', `${planText(plan, style())}\n${planCellsText(plan, style())}`);
    assert.equal(spokenText(plan, style()), '');
  });

  it('what connections would say, for --dry-run', () => {
    const plain = { captures: [], waitMs: 0, repeat: 1 };
    const says = (measure: number): Spoken => ({
      ...{ protocol: 'socket.io', pick: 'weighted', hasScript: false },
      steps: [
        { ...plain, name: 'handshake', sends: null, expects: 'begins with 0{' },
        { ...plain, name: '2', sends: '421["watch","S0"]', expects: 'begins with 431', repeat: 50 },
        { ...plain, name: 'join', sends: '4251["join","room-0"]', expects: 'begins with 4351', captures: ['id', 'n'] },
        { ...plain, name: '4', sends: null, expects: null, waitMs: 500 },
      ],
      requests: [
        {
          ...{ name: 'say', weight: 0.1, sends: `421000000000["say","${'long text  with two blanks '.repeat(4)}"]` },
          ...{ expects: 'holds {"ok":true} at $[0]', captures: ['id'], planned: { warmup: 20, measure } },
        },
        { ...{ name: 'ask', weight: 0.2, sends: '421000000001["ask"]' }, expects: null, captures: [], planned: null },
      ],
    });
    const cells = concurrencyCells().map((cell, i) => ({
      ...{ ...cell, durationMs: 1, messages: 1 },
      says: i === 2 ? null : says(1000 * i + 1),
    }));
    assertGolden('spoken.txt', spokenText({ cells }, style()));
    const built = { ...cells[0]!.says!.requests[1]!, sends: null };
    const script = { ...says(5), requests: [built] };
    assert.match(spokenText({ cells: [{ ...cells[0]!, says: script }] }, style()), /sends +what the script builds/);
    const turns = { ...says(5), pick: 'in turn' as const, hasScript: true };
    assert.match(spokenText({ cells: [{ ...cells[0]!, says: turns }] }, style()), /request ask \(2 of 2 in turn\)/);
  });
});
