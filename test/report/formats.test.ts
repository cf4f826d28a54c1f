import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import HistogramLogReader from 'hdr-histogram-js/dist/HistogramLogReader.js';
import { readPageAssets } from '../../src/app/page-assets.js';
import type { SavedRun } from '../../src/documents/saved-run.js';
import { FORMATS, type FormatName, formatsOf } from '../../src/report/format-names.js';
import { RUN_FORMATS } from '../../src/report/formats.js';
import { runHtml } from '../../src/report/run/page.js';
import type { PageAssets } from '../../src/report/shared/page-assets.js';
import type { ReportFile } from '../../src/report/shared/report-file.js';
import { healthyCell, withWorker } from '../verdict/cell-fixture.js';
import { documentOf, manyLoads, troubleCells } from './document-fixture.js';
import { assertGolden } from './golden.js';
import { savedRunOf } from './run/saved-fixture.js';

const ASSETS: PageAssets = {
  style: 'p{}',
  scripts: { run: 'const a = 1;', check: 'void 0;', capacity: 'void 1;', comparison: 'void 2;' },
};
const healthy = savedRunOf(documentOf());
const trouble = savedRunOf(documentOf({ cells: troubleCells(), thresholds: [] }));
const loads = savedRunOf(documentOf({ cells: manyLoads(), thresholds: [] }));

/** Ten cells of a minute each, whose every second says something else. */
function tenMinutes(): SavedRun {
  const cells = Array.from({ length: 10 }, (_, i) => healthyCell({ connections: i + 1, durationMs: 60_000 }));
  const { document, timelines } = savedRunOf(documentOf({ cells, thresholds: [] }));
  const seconds = Array.from({ length: 60 }, (_, i) => i);
  return {
    document,
    timelines: timelines.map(({ cell, messages, wall, server }) => ({
      cell,
      messages: seconds.map((at) => ({ ...messages.at(-1)!, second: at })),
      wall: seconds.map((at) => ({ ...wall.at(-2)!, fromT0: at, busy: 0.1234567 + at, cpuPercent: 12.345678 + at })),
      server: seconds.map((at) => ({ ...server[0]!, second: at, elapsedMs: 1000.123456 + at, machineCpuMs: 900 + at })),
    })),
  };
}

function filesOf(saved: SavedRun, format: FormatName): readonly ReportFile[] {
  return RUN_FORMATS[format]!(saved, ASSETS).map(({ name, text }) => ({ name, text: [...text].join('') }));
}

function only(saved: SavedRun, format: FormatName): string {
  const [file, ...rest] = filesOf(saved, format);
  assert.equal(rest.length, 0);
  return file!.text;
}

describe('golden files of a saved run', () => {
  it('JUnit', () => assertGolden('healthy-junit.xml', only(healthy, 'junit')));
  it('JUnit of a run in trouble', () => assertGolden('trouble-junit.xml', only(trouble, 'junit')));
  it('HTML, without the charts and styles', () => {
    const small = savedRunOf(documentOf({ cells: documentOf().cells.slice(0, 2), thresholds: [] }));
    assertGolden('small.html', only(small, 'html'));
  });
  it('CSV', () => {
    for (const { name, text } of filesOf(healthy, 'csv')) assertGolden(`healthy-${name}`, text.replaceAll('\r', ''));
  });
  it('a percentile distribution', () => assertGolden('healthy-c1.hgrm', filesOf(healthy, 'hgrm')[0]!.text));
  it('a histogram log', () => {
    const small = savedRunOf(documentOf({ cells: documentOf().cells.slice(0, 1), thresholds: [] }));
    assertGolden('small.hlog', only(small, 'hlog'));
  });
});

describe('every format', () => {
  it('gives the same bytes each time, from data that went through JSON', () => {
    for (const saved of [healthy, trouble, loads]) {
      const again: SavedRun = { ...saved, document: JSON.parse(JSON.stringify(saved.document)) };
      for (const format of FORMATS) assert.deepEqual(filesOf(again, format), filesOf(saved, format), format);
    }
  });

  it('has files of different names', () => {
    const names = FORMATS.flatMap((format) => filesOf(loads, format).map(({ name }) => name));
    assert.equal(new Set(names).size, names.length);
    for (const name of names) assert.match(name, /^[\w.-]+$/);
  });

  it('is asked for by name', () => {
    assert.deepEqual(formatsOf('html, md'), { formats: ['html', 'md'], unknown: [] });
    assert.deepEqual(formatsOf(['csv', 'csv,pdf']), { formats: ['csv'], unknown: ['pdf'] });
    assert.deepEqual(formatsOf(undefined), { formats: null, unknown: [] });
  });
});

describe('the histogram log', () => {
  it('is read by the log reader of HdrHistogram, message for message', () => {
    const reader = new HistogramLogReader.default(only(healthy, 'hlog'));
    const counts = new Map<string, number>();
    for (let next = reader.nextIntervalHistogram(); next !== null; next = reader.nextIntervalHistogram()) {
      counts.set(next.tag, (counts.get(next.tag) ?? 0) + next.totalCount);
    }
    const measured = new Map<string, number>();
    for (const { cell, messages } of healthy.timelines) {
      const answered = messages.filter(({ phase }) => phase === 'measure').map(({ counters }) => counters.answered);
      const sum = answered.reduce((total, count) => total + count, 0);
      for (const latency of ['response', 'service']) measured.set(`${cell}.${latency}`, sum);
    }
    assert.deepEqual(counts, measured);
  });
});

describe('CSV', () => {
  it('disarms what a spreadsheet would run, and quotes what holds commas', () => {
    const cell = healthyCell({ load: '=cmd("x"),1' });
    const [cells] = filesOf(savedRunOf(documentOf({ cells: [cell], thresholds: [] })), 'csv');
    assert.ok(cells!.text.includes(`"'=cmd(""x""),1"`), cells!.text);
  });

  it('has a number of fields that is the same in every line', () => {
    for (const { text } of filesOf(healthy, 'csv')) {
      const widths = text
        .trimEnd()
        .split('\r\n')
        .map((line) => line.split(',').length);
      assert.equal(new Set(widths).size, 1);
      assert.ok(widths.length > 5);
    }
  });
});

describe('Markdown', () => {
  it('fits into a comment: what is too long is left out, and said', () => {
    const profile = { name: 'long', headers: Array.from({ length: 3000 }, (_, i) => `value ${i} of many`) };
    const text = only(savedRunOf(documentOf({ profile })), 'md');
    assert.ok(text.length < 65_536, `${text.length}`);
    assert.match(text, /^\*\*PASSED\*\*: /m);
    assert.doesNotMatch(text, /Profile as resolved/);
    assert.match(text, /did not fit into a comment/);
  });
});

describe('JUnit', () => {
  it('has a case even where nothing ran', () => {
    const nothing = savedRunOf(documentOf({ cells: [], thresholds: [] }));
    assert.match(only(nothing, 'junit'), /<testcase name="result"/);
  });

  it('calls an invalid measurement an error, not a failure of the server', () => {
    const cells = [withWorker(healthyCell({}), { busy: 0.99 })];
    const text = only(savedRunOf(documentOf({ cells, thresholds: [] })), 'junit');
    assert.match(text, /<testsuite name="validity"[^>]* failures="0" errors="1"/);
    assert.match(text, /<error message="invalid: client_busy/);
  });

  it('holds no markup but its own', () => {
    const cells = [healthyCell({ load: `<a b="'&]]>\u0000` })];
    const text = only(savedRunOf(documentOf({ cells, thresholds: [] })), 'junit');
    assert.match(text, /&lt;a b=&quot;'&amp;\]\]&gt;\\0/);
    assert.doesNotMatch(text, /<a |\0/);
  });
});

describe('HTML', () => {
  it('names every script and style in its policy by hash, and nothing else may run', () => {
    const text = only(healthy, 'html');
    const [, policy] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(text)!;
    assert.match(policy!, /^default-src 'none'; /);
    assert.doesNotMatch(policy!, /unsafe|\*|https?:|connect-src/);
    const inline = [...text.matchAll(/<(?:script type="module"|style)>(.*?)<\/(?:script|style)>/gs)].map(
      ([, body]) => body!,
    );
    assert.equal(inline.length, 2);
    for (const body of inline) {
      assert.ok(policy!.includes(createHash('sha256').update(body).digest('base64')), body.slice(0, 40));
    }
  });

  it('keeps hostile text inside its block of data', () => {
    const cells = [healthyCell({ load: '</script><script>alert(1)</script><!--' })];
    const text = only(savedRunOf(documentOf({ cells, thresholds: [] })), 'html');
    assert.doesNotMatch(text, /<script>alert|<!--/);
    assert.equal(text.match(/<\/script>/g)!.length, 2);
  });

  it('stays below 400 KB for ten minutes, the charts and styles included', async () => {
    const text = runHtml([tenMinutes()], await readPageAssets())[0]!.text;
    assert.ok(text.length > 100_000 && text.length < 400_000, `${text.length}`);
  });
});
