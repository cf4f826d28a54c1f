/** HdrHistogram's own tools read what is written for them: the reference implementation, in Java, from Debian. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { Totals } from '../../../src/metrics/histogram.js';
import { hgrmFiles, hlogFiles } from '../../../src/report/run/hdr-files.js';
import { HDR_JAR, JAVA, skipWithout } from '../../needs.js';
import { healthyCell } from '../../verdict/cell-fixture.js';
import { documentOf } from '../document-fixture.js';
import { savedRunOf } from './saved-fixture.js';

const root = mkdtempSync(path.join(os.tmpdir(), 'wsurge-hdr-'));
after(() => rmSync(root, { recursive: true, force: true }));
const saved = savedRunOf(documentOf({ cells: [healthyCell({ connections: 10 })], thresholds: [] }));

/** What HistogramLogProcessor makes of the lines of one tag: a percentile distribution in milliseconds. */
function processed(hlog: string, tag: string): string {
  const out = path.join(root, 'out');
  const args = ['-i', hlog, '-tag', tag, '-outputValueUnitRatio', '1000', '-o', out];
  execFileSync(JAVA, ['-cp', HDR_JAR, 'org.HdrHistogram.HistogramLogProcessor', ...args], { stdio: 'pipe' });
  // It says first which part of the log it took, and when that began.
  return readFileSync(`${out}.hgrm`, 'utf8').replace(/^#\[(Overall|StartTime).*\n/gm, '');
}

describe('the reference implementation of HdrHistogram', { skip: await skipWithout('hdrHistogram') }, () => {
  for (const latency of ['response', 'service'] as const) {
    it(`reads the log of ${latency} times, and makes of it the distribution that we write, byte for byte`, () => {
      const [file] = hlogFiles(saved);
      const hlog = path.join(root, file!.name);
      writeFileSync(hlog, [...file!.text].join(''));
      const { messages, cell } = saved.timelines[0]!;
      const measured = messages.filter(({ phase }) => phase === 'measure');
      const ours = Totals.of(...measured.map(({ histograms }) => histograms[latency])).percentileText(1000);
      assert.equal(processed(hlog, `${cell}.${latency}`), ours);
    });
  }
});

const HEAD = '       Value     Percentile TotalCount 1/(1-Percentile)';
const ROW = /^ *(\d+\.\d{3}) ([01]\.\d{12}) +(\d+) +(\d+\.\d{2})$/;
const LAST_ROW = /^ *(\d+\.\d{3}) (1\.0{12}) +(\d+)$/;
const FOOT = [
  /^#\[Mean {4}= +\d+\.\d{3}, StdDeviation {3}= +\d+\.\d{3}\]$/,
  /^#\[Max {5}= +(\d+\.\d{3}), Total count {4}= +(\d+)\]$/,
  /^#\[Buckets = +\d+, SubBuckets {5}= +\d+\]$/,
  /^#\[.*\]$/,
];

describe('a percentile distribution', () => {
  it('has the columns and the foot that plotters expect, and what it says adds up', () => {
    const answered = saved.document.cells[0]!.flows[0]!.messages.answered;
    for (const { text, name } of hgrmFiles(saved)) {
      const lines = text.split('\n');
      assert.deepEqual(lines.slice(0, 2), [HEAD, ''], name);
      assert.equal(lines.at(-1), '');
      const foot = lines.slice(-FOOT.length - 1, -1);
      for (const [i, pattern] of FOOT.entries()) assert.match(foot[i]!, pattern);
      const rows = lines.slice(2, -FOOT.length - 1);
      const parsed = rows.map((row, i) => (i === rows.length - 1 ? LAST_ROW : ROW).exec(row)!.slice(1).map(Number));
      for (const [i, [value, share, count, distance]] of parsed.entries()) {
        const [before] = parsed.slice(Math.max(0, i - 1));
        assert.ok(value! >= before![0]! && share! >= before![1]! && count! >= before![2]!, rows[i]);
        // The distance is cut to two decimals.
        if (distance !== undefined) assert.ok(Math.abs(distance * (1 - share!) - 1) < 0.01, rows[i]);
      }
      const [max, total] = FOOT[1]!.exec(foot[1]!)!.slice(1).map(Number);
      assert.equal(total, answered);
      assert.equal(parsed.at(-1)![2], answered);
      assert.equal(parsed.at(-1)![0], max);
    }
  });
});
