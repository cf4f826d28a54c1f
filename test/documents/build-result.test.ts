import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { Redactor } from '../../src/documents/redaction/redact.js';
import type { BenchmarkRow } from '../../src/documents/result-document.js';
import {
  documentWords,
  parseResult,
  resultJsonSchema,
  resultJsonSchemaText,
} from '../../src/documents/result-schema.js';
import type { RunOutcome } from '../../src/metrics/cell-result.js';
import { jsonReporter } from '../../src/report/run/json.js';
import { markdownReporter } from '../../src/report/run/markdown.js';
import { reportModel } from '../../src/report/run/tables.js';
import {
  benchmarkThresholds,
  documentOf,
  manyLoads,
  threshold,
  throughputCells,
  troubleCells,
} from '../report/document-fixture.js';
import { fanoutCell } from '../report/fanout-fixture.js';
import { projectRoot } from '../report/golden.js';
import { agentsApart, healthyCell } from '../verdict/cell-fixture.js';

function rowOf(title: string, rows: readonly BenchmarkRow[]): BenchmarkRow {
  const row = rows.find((each) => each.title === title);
  assert.ok(row, title);
  return row;
}

describe('the benchmark rows', () => {
  const { benchmark } = documentOf();

  it('are the thresholds with a title, in order', () => {
    assert.deepEqual(
      benchmark.map(({ title }) => title),
      benchmarkThresholds().map(({ title }) => title),
    );
    const untitled = [threshold({ metric: 'ws_msgs_lost', expression: 'count<1', limit: 1 })];
    assert.deepEqual(documentOf({ thresholds: untitled }).benchmark, []);
  });

  it('have units for people', () => {
    const time = rowOf('Connection time', benchmark);
    assert.deepEqual([time.value, time.unit, time.threshold, time.passed], [1.5, 'ms', 'p95 < 100 ms', true]);
    const memory = rowOf('Memory per connection', benchmark);
    assert.deepEqual([memory.value, memory.unit, memory.threshold, memory.note], [9, 'KB', '< 10 KB', '± 0.06 KB']);
    const held = rowOf('1000 connections held', benchmark);
    assert.deepEqual([held.value, held.unit, held.threshold, held.gate], [1000, 'conns', '>= 1,000 conns', true]);
    const cpu = rowOf('Server CPU at 100 connections and 100 msg/s', benchmark);
    assert.deepEqual([cpu.value, cpu.unit, cpu.threshold], [1, '%', '< 10 %']);
  });

  it('show throughput as what was achieved, with its share of the asked; 100 % only where nothing is missing', () => {
    const cells = throughputCells().map((cell) => {
      const flow = cell.flows[0]!;
      const answered = flow.messages.planned - 1;
      const messages = { ...flow.messages, answered, timedOut: 1 };
      return { ...cell, rate: { ...cell.rate, answeredPerSecond: answered / 10 }, flows: [{ ...flow, messages }] };
    });
    const row = rowOf('Throughput at 1000 msg/s', documentOf({ cells }).benchmark);
    assert.deepEqual([row.value, row.unit, row.threshold, row.note], [999.9, 'msg/s', '>= 99 % of asked', '99.9 %']);
    const line = reportModel(documentOf({ cells })).benchmark.find(({ measure }) => measure === row.title);
    assert.equal(line?.value, '999.9 msg/s (99.9 %)');
  });

  it('are a share where several cells are meant', () => {
    const all = threshold({
      metric: 'ws_msgs_answered',
      expression: 'rate>=0.99',
      aggregation: { kind: 'rate' },
      comparison: '>=',
      limit: 0.99,
      title: 'All',
    });
    const row = rowOf('All', documentOf({ thresholds: [all] }).benchmark);
    assert.deepEqual([row.value, row.unit], [100, '%']);
  });

  it('are n/a with a reason where there is no value', () => {
    const idleMemory = { status: 'none', reason: 'the server is not on this machine', steps: [] } as const;
    const document = documentOf({ cells: [healthyCell()], outcome: { idleMemory } });
    const row = rowOf('Memory per connection', document.benchmark);
    assert.equal(row.value, null);
    assert.match(row.note ?? '', /the server is not on this machine$/);
    const model = reportModel(document);
    const line = model.benchmark.find(({ measure }) => measure === row.title)!;
    assert.deepEqual([line.value, line.result], ['n/a', 'n/a']);
    assert.equal(model.notes.find(({ number }) => number === line.note)?.text, row.note);
  });
});

describe('buildDocument', () => {
  const CANARY = 'canary-7f3a9';

  it('lets no secret through, in any report', () => {
    const cell = healthyCell({ load: `load-${CANARY}` });
    const document = documentOf({
      redactor: new Redactor([CANARY]),
      cells: [
        {
          ...cell,
          errors: [{ phase: 'close', code: `x ${encodeURIComponent(CANARY)}`, count: 1 }],
          server: { status: 'unavailable', engine: CANARY, reason: CANARY },
        },
      ],
      thresholds: [threshold({ metric: 'ws_msgs_lost', expression: CANARY, title: CANARY })],
      labels: { [CANARY]: CANARY },
      target: { url: `ws://h/?t=${CANARY}`, address: CANARY, engine: CANARY, hint: CANARY },
      profile: { header: { [CANARY]: [CANARY] } },
      outcome: { notRun: [{ id: CANARY, reason: CANARY }], abortedBy: CANARY },
    });
    assert.ok(!JSON.stringify(document).includes(CANARY));
    assert.ok(!markdownReporter.render(document).includes(CANARY));
    assert.ok(!jsonReporter.render(document).includes(CANARY));
  });

  it('keeps its own words and histograms, whatever the secret is', () => {
    const plain = documentOf({ cells: [healthyCell()] });
    const redacted = documentOf({ cells: [healthyCell()], redactor: new Redactor(['open', 'valid', 'flows', 'HIST']) });
    assert.deepEqual(redacted.cells, plain.cells);
    assert.ok(documentWords().has('flows') && documentWords().has('overloaded'));
  });

  it('keeps every histogram of a cell whole, however long and however deep it stands', () => {
    const long = (letter: string) => letter.repeat(5000);
    const cell = fanoutCell(10);
    const [fanout] = cell.fanout!;
    const brackets = { ...cell.brackets!, addedHistogram: long('A') };
    const histograms = { ...fanout!.histograms, deliver: long('D'), lastService: long('L') };
    const document = documentOf({
      cells: [{ ...cell, brackets, fanout: [{ ...fanout!, histograms, brackets }] }],
      redactor: new Redactor(['LLLLLLLL']),
    });
    const [kept] = document.cells;
    assert.equal(kept!.brackets!.addedHistogram, long('A'));
    assert.deepEqual(kept!.fanout![0]!.histograms, histograms);
    assert.equal(kept!.fanout![0]!.brackets!.addedHistogram, long('A'));
  });

  it('strikes out before it caps, so that no half of a secret is left', () => {
    const document = documentOf({
      redactor: new Redactor([CANARY]),
      target: { url: `${'x'.repeat(494)}${CANARY}`, address: null, engine: null, hint: null },
    });
    assert.equal(document.target.url, `${'x'.repeat(494)}***`);
  });

  it('escapes and caps what a server said', () => {
    const cell = {
      ...healthyCell(),
      errors: [{ phase: 'close' as const, code: `\u001b[2J${'x'.repeat(900)}`, count: 1 }],
    };
    const { code } = documentOf({ cells: [cell], thresholds: [] }).cells[0]!.errors[0]!;
    assert.ok(code.startsWith('\\x1b[2J') && code.length <= 2000);
  });

  it('says how the run ended', () => {
    assert.equal(documentOf({ cells: [healthyCell()] }).status, 'complete');
    assert.equal(documentOf({ cells: [healthyCell()], outcome: { interrupted: true } }).status, 'interrupted');
    assert.equal(documentOf({ cells: [healthyCell()], crashed: true }).status, 'crashed');
  });
});

describe('the schema of result.json', () => {
  for (const [what, cells] of [
    ['healthy', undefined],
    ['troubled', troubleCells()],
    ['many loads', manyLoads()],
  ] as const) {
    it(`accepts a ${what} document after a trip through JSON, unchanged`, () => {
      const document = documentOf(cells === undefined ? {} : { cells });
      const read: unknown = JSON.parse(jsonReporter.render(document));
      assert.deepEqual(parseResult(read), JSON.parse(JSON.stringify(document)));
    });
  }

  it('refuses other versions and kinds, and names what is wrong', () => {
    const document = documentOf({ cells: [healthyCell()] });
    assert.throws(
      () => parseResult({ ...document, schemaVersion: 2 }),
      /schemaVersion 2; this version of wsurge reads 1/,
    );
    assert.throws(() => parseResult({ ...document, kind: 'check' }), /kind "check", not a run/);
    assert.throws(() => parseResult({ ...document, cells: [{ ...document.cells[0], axes: 7 }] }), /cells\.0\.axes/);
    assert.throws(() => parseResult(null), /no result document/);
    assert.throws(() => parseResult({}), /no schemaVersion/);
  });

  it('asks for every key of the document', () => {
    const { required, title } = resultJsonSchema();
    assert.equal(title, 'wsurge result');
    // Only runs that measured it have idleMemory.
    const keys = Object.keys(documentOf({ cells: [] })).filter((key) => key !== 'idleMemory');
    assert.deepEqual([...(required as string[])].sort(), keys.sort());
  });

  it('is what schemas/result.schema.json says', () => {
    const file = path.join(projectRoot(), 'schemas/result.schema.json');
    assert.equal(readFileSync(file, 'utf8'), resultJsonSchemaText(), 'npm run build && npm run schema');
  });
});

describe('JSON', () => {
  it('is one document with a line end, and nothing in it moves a cursor', () => {
    const document = documentOf({ cells: [healthyCell()], profile: { note: '\u009b2J\u202e\u2028\u001b' } });
    const text = jsonReporter.render(document);
    assert.match(text, /\}\n$/);
    assert.doesNotMatch(text.replaceAll('\n', ''), /\p{Cc}|\p{Cf}|\p{Zl}/u);
    assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(document)));
  });

  it('refuses a number that is none', () => {
    const document = documentOf({ cells: [healthyCell()] });
    assert.throws(() => jsonReporter.render({ ...document, workers: Number.NaN }), /workers is NaN/);
  });
});

describe('the status of a run', () => {
  const withAgents = (status: 'done' | 'lost') => {
    const cell = healthyCell();
    const [one, two] = agentsApart(0);
    return { ...cell, client: { ...cell.client, agents: [one!, { ...two!, status }] } };
  };
  const statusOf = (status: 'done' | 'lost', notRun: RunOutcome['notRun']) =>
    documentOf({ cells: [withAgents(status)], outcome: { notRun } }).status;

  it('is interrupted where cells are left because an agent did not stay', () => {
    const left = [{ id: 'next', reason: 'agent two is gone' }];
    assert.equal(statusOf('lost', left), 'interrupted');
    assert.equal(statusOf('lost', []), 'complete', 'it was the last cell');
    assert.equal(statusOf('done', left), 'complete', 'a run that ended by itself says why in notRun');
  });
});
