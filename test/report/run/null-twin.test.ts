import assert from 'node:assert/strict';
import { it } from 'node:test';
import picocolors from 'picocolors';
import { parseResult } from '../../../src/documents/result-schema.js';
import type { CellResult } from '../../../src/metrics/cell-result.js';
import { markdownReporter } from '../../../src/report/run/markdown.js';
import { reportModel } from '../../../src/report/run/tables.js';
import { reportText } from '../../../src/report/run/terminal.js';
import { judgeTwin } from '../../../src/verdict/null-twin.js';
import { healthyCell, withWorker } from '../../verdict/cell-fixture.js';
import { documentOf } from '../document-fixture.js';

const STYLE = { colors: picocolors.createColors(false), columns: 80, wide: false };

function withTwin(cell: CellResult, twin: CellResult): CellResult {
  return { ...cell, nullTwin: judgeTwin(twin) };
}

const slow = withTwin(
  healthyCell({ connections: 10, serviceUs: [9000] }),
  healthyCell({ serviceUs: [80], lagUs: [10] }),
);
const fast = withTwin(healthyCell({ connections: 100, serviceUs: [100] }), healthyCell({ serviceUs: [80] }));
const none = withTwin(healthyCell({ connections: 500 }), withWorker(healthyCell(), { runQueueWait: 0.5 }));
const document = documentOf({ cells: [slow, fast, none], thresholds: [] });

it('the floor stands below the row that it belongs to, under the same columns, in 80 of them', () => {
  const lines = reportText(reportModel(document), STYLE).split('\n');
  const at = lines.findIndex((line) => /^ +10 /.test(line));
  assert.match(lines[at + 1]!, /^floor +0\.090 +0\.090 +0\.090 +0\.090$/);
  const p50End = (line: string) => /^\s*\S+ +\d* *[\d.]+/.exec(line)![0].length;
  assert.equal(p50End(lines[at]!), p50End(lines[at + 1]!), lines[at]);
  for (const line of lines) assert.ok(line.length <= 80, line);
  assert.equal(lines.filter((line) => line.startsWith('floor')).length, 2);
});

it('figures near their floor, and a floor that could not be had, are told in a note', () => {
  const { notes, legend } = reportModel(document);
  const texts = notes.map(({ text }) => text).join('\n');
  assert.match(texts, /times its floor: the figures are mostly the tool's and the machine's own/);
  assert.match(texts, /no floor: the null twin is INVALID: cpu_starved: /);
  assert.match(legend.join('\n'), /^floor {2}the same load/);
});

it('Markdown has the floor as a row, and the document reads back', () => {
  const text = markdownReporter.render(document);
  assert.equal(text.match(/^\| floor \|/gm)!.length, 4, 'in both tables: the default columns, and every column');
  const back = parseResult(JSON.parse(JSON.stringify(document)));
  assert.deepEqual(back.cells[0]!.nullTwin, slow.nullTwin);
  const { nullTwin: _, ...old } = back.cells[0]!;
  assert.doesNotThrow(() => parseResult({ ...back, cells: [old] }), 'a result from before there were twins');
});
