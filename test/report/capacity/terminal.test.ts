import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import picocolors from 'picocolors';
import { capacityJsonSchemaText, parseCapacity } from '../../../src/documents/capacity-schema.js';
import { capacityMarkdown } from '../../../src/report/capacity/markdown.js';
import { capacityText, stepHeader, stepLines } from '../../../src/report/capacity/terminal.js';
import type { TerminalStyle } from '../../../src/report/shared/terminal-table.js';
import { documentWith, FAILED, step } from './capacity-fixture.js';

const STYLE: TerminalStyle = { colors: picocolors.createColors(false), columns: 80, wide: false };

describe('a capacity search on the terminal', () => {
  it('fits 80 columns, and ends with the answer, what it cost and what was asked', () => {
    const text = capacityText(documentWith(), STYLE);
    for (const line of text.split('\n')) assert.ok(line.length <= 80, line);
    assert.match(text, /curve\n/);
    assert.match(text, /1,300 {4}62\.1 █{30}│ FAIL/);
    assert.match(text, /server CPU +52\.4 us per message {2}\(r2 0\.99, 6 steps\)/);
    assert.match(text, /not in step with the load: kernel memory of sockets per message/);
    assert.match(text, /required {3}2,000 connections: NOT met\n/);
    const unbroken = text.replaceAll(/\n */g, ' ');
    assert.match(
      unbroken,
      /1,240 connections at 1\/s each, p99 41\.0 ms \[38\.0, 44\.0\], limited by: target CPU 97 %/,
    );
  });

  it('counts one step as one, and leaves out an engine that is not known', () => {
    const target = { ...documentWith().target, engine: null };
    const text = capacityText(documentWith({ steps: [step(1, 1)], target }), STYLE).replaceAll(/\n */g, ' ');
    assert.match(text, / 1 step, seed/);
    assert.doesNotMatch(text, /engine|unknown/);
  });

  it('prints each step on a line, and below it why it failed', () => {
    const header = stepHeader({ quantile: 'p99' }, STYLE);
    const lines = stepLines(step(99_999, 1e6, FAILED), { quantile: 'p99' }, STYLE);
    for (const line of [...header, ...lines]) assert.ok(line.length <= 80, line);
    assert.match(lines[0]!, /^climb {3} 99999 .* FAIL$/);
    assert.match(lines[1]!, /62\.1 ms \[58\.0, 70\.2\]$/);
    assert.match(stepLines(step(1, 1, { why: 'in doubt' }), { quantile: 'p99' }, STYLE)[0]!, /pass ~$/);
  });

  it('shows rates against connections as a grid', () => {
    const steps = [step(10, 1000), step(10, 1500, FAILED), step(20, 1000, { ...FAILED, by: 'client' })];
    const grid = [
      { connections: 10, ratePerSecond: 1000, atLeast: false },
      { connections: 20, ratePerSecond: null, atLeast: false },
    ];
    const document = documentWith({ steps, grid, search: { ...documentWith().search, axis: 'both' } });
    const text = capacityText(document, STYLE);
    assert.match(text, / 10 +41\.0 +62\.1\* +1000\n +20 +62\.1\? +over +none\n/);
    assert.match(capacityMarkdown(document), /\| 10 \| 41\.0 \| 62\.1\\\* \| 1,000 \|/);
  });
});

it('the page and the document say the same', () => {
  const document = documentWith();
  assert.deepEqual(parseCapacity(JSON.parse(JSON.stringify(document))), document);
  assert.throws(() => parseCapacity({ ...document, kind: 'run' }), /kind/);
  const page = capacityMarkdown(document);
  assert.ok(page.includes('**1,240 connections at 1/s each, p99 41'), page);
  assert.match(page, /a \\\| processor/);
  assert.match(capacityJsonSchemaText(), /"title": "wsurge capacity"/);
});
