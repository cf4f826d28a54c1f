/** A day of seconds: what is kept of it, and how large its page is. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { readPageAssets } from '../../../src/app/page-assets.js';
import type { SavedRun } from '../../../src/documents/saved-run.js';
import type { CellResult } from '../../../src/metrics/cell-result.js';
import type { Interval } from '../../../src/metrics/interval.js';
import { TimelineBuilder } from '../../../src/metrics/seconds/timeline.js';
import { csvFiles } from '../../../src/report/run/csv.js';
import { hlogFiles } from '../../../src/report/run/hdr-files.js';
import { runHtml } from '../../../src/report/run/page.js';
import { pageData } from '../../../src/report/run/page-data.js';
import { thinned } from '../../../src/report/run/thin-columns.js';
import { writeAtomic } from '../../../src/store/atomic-file.js';
import { tries } from '../../share.js';
import { healthyCell } from '../../verdict/cell-fixture.js';
import { documentOf } from '../document-fixture.js';
import { countersIn, countsOf, intervalOf, savedRunOf } from './saved-fixture.js';

/** `npm test` makes do with four hours. */
const DAY_S = tries({ whole: 24, share: 4 }) * 3600;
const COUNTS = countsOf(100, 200, 300, 400, 5000);

/** Line `i` of four workers that take turns. */
function lineAt(cell: string, i: number): Interval {
  const second = Math.floor(i / 4);
  const histograms = { response: COUNTS, service: COUNTS, lag: COUNTS };
  return intervalOf({
    ...{ cell, worker: i % 4, line: second, second, open: 5, openMin: 5 },
    flow: [{ phase: 'measure', second, counters: countersIn({ planned: 5, sent: 5, answered: 5 }), histograms }],
  });
}

describe('lines of a long run', () => {
  /** How often any line was looked at: while lines came, and when the timelines were asked for. */
  function looks(lines: number): { adding: number; asking: number; seconds: number } {
    let looked = 0;
    const builder = new TimelineBuilder();
    for (let i = 0; i < lines; i++) {
      const watched = new Proxy(lineAt('a', i), {
        get(line, name, receiver) {
          looked++;
          return Reflect.get(line, name, receiver);
        },
      });
      builder.interval(watched);
    }
    const adding = looked;
    const [timeline] = builder.timelines();
    return { adding, asking: looked - adding, seconds: timeline!.messages.length };
  }

  it('cost the same each, however many there were before, and none is kept', () => {
    const [some, more] = [looks(400), looks(1600)];
    assert.ok(more.adding <= 4 * some.adding, `${more.adding} looks, ${some.adding} at a quarter of the lines`);
    assert.deepEqual([some.asking, more.asking], [0, 0]);
    assert.deepEqual([some.seconds, more.seconds], [100, 400]);
  });

  it('are forgotten beyond the newest seconds, where only those are asked for', () => {
    const builder = new TimelineBuilder({ mostSeconds: 10 });
    for (let i = 0; i < 400; i++) {
      builder.interval(lineAt('a', i));
      builder.serverSecond({ v: 1, cell: 'a', second: i, elapsedMs: 1000, server: null, machineCpuMs: null });
    }
    const { messages, wall, server } = builder.timelines()[0]!;
    assert.deepEqual([messages.length, wall.length], [10, 10]);
    assert.deepEqual([messages.at(-1)!.second, wall.at(-1)!.fromT0, server.at(-1)!.second], [99, 99, 399]);
    assert.ok(server.length <= 20, `${server.length}`);
  });
});

describe('files of seconds', () => {
  /** A run of many seconds that counts how many of them were looked at. */
  function watched(count: number): { saved: SavedRun; looked: () => number } {
    let looked = 0;
    const saved = savedRunOf(documentOf());
    const [timeline, ...others] = saved.timelines;
    const second = timeline!.messages.find(({ phase }) => phase === 'measure')!;
    const messages = Array.from({ length: count }, (_, i) => ({
      ...second,
      fanout: null,
      second: i,
      counters: second.counters,
      get histograms() {
        looked++;
        return second.histograms;
      },
    }));
    return { saved: { ...saved, timelines: [{ ...timeline!, messages }, ...others] }, looked: () => looked };
  }

  for (const [format, render, count] of [
    ['csv', csvFiles, 4000],
    ['hlog', hlogFiles, 1200],
  ] as const) {
    it(`${format}: made while they are written, a piece at a time, the same each time`, () => {
      const { saved, looked } = watched(count);
      const file = render(saved).at(-1)!;
      assert.equal(looked(), 0, 'nothing is made before it is asked for');
      const reader = file.text[Symbol.iterator]();
      const first = reader.next().value as string;
      assert.ok(first.length < 70_000, `${first.length}`);
      assert.ok(looked() < count, `${looked()} looks for the first piece; two a second for the whole`);
      const whole = [...file.text].join('');
      assert.ok(whole.startsWith(first) && whole.split('\n').length > count);
    });
  }

  it('pieces are on the disk as one file', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'wsurge-pieces-'));
    try {
      const file = path.join(folder, 'seconds.csv');
      const { text } = csvFiles(watched(2000).saved).at(-1)!;
      await writeAtomic(file, text);
      assert.equal(await readFile(file, 'utf8'), [...text].join(''));
      assert.deepEqual(await readdir(folder), ['seconds.csv']);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe('the page of a day', () => {
  const peakAt = Math.floor(0.63 * DAY_S);
  const cell: CellResult = {
    ...healthyCell({ connections: 20 }),
    seconds: Array.from({ length: DAY_S }, (_, second) => ({
      ...{ phase: 'measure', second, planned: 20, sent: 20, answered: 20, received: 20, open: 20, inFlight: 0 },
      ...{ p50: 1000 + (second % 977), p90: 2000 + (second % 1009), p99: 3000 + (second % 2003) },
      max: second === peakAt ? 987_654_321 : 4000 + (second % 3001),
    })),
  };
  const builder = new TimelineBuilder();
  // One line over and over, as nothing keeps it: to make them all takes longer than to read them.
  const delta = { ...lineAt(cell.id, 0).flow[0]! };
  const line: { -readonly [key in keyof Interval]: Interval[key] } = { ...lineAt(cell.id, 0), flow: [delta] };
  for (let second = 0; second < DAY_S; second++) {
    Object.assign(delta, { second });
    Object.assign(line, { second, line: second });
    builder.interval(line);
  }
  const run = { document: documentOf({ cells: [cell], thresholds: [] }), timelines: builder.timelines() };

  it('is under a megabyte, and keeps the one second that stands out', async () => {
    const { text } = runHtml([run], await readPageAssets())[0]!;
    assert.ok(text.length < 1_000_000, `${text.length} bytes`);
    const { latency, wall } = pageData([run]).runs[0]!.cells[0]!;
    assert.ok(latency.maxUs.includes(987_654_321));
    assert.ok(latency.atS.length > 1000 && wall.atS.length > 1000, 'and still shows a curve');
    assert.match(text, /the least and the most of every \d+ s/);
  });
});

describe('thinning', () => {
  it('leaves short columns as they are', () => {
    const columns = { atS: [0, 1, 2], a: [5, null, 7] };
    assert.equal(thinned(columns, 3), columns);
  });

  it('keeps the least and the most of each stretch in the order in which they came, column by column', () => {
    const columns = { atS: [0, 1, 2, 3, 4, 5], up: [1, 5, 2, 4, 9, 3], down: [8, null, 1, null, null, null] };
    assert.deepEqual(thinned(columns, 4), {
      atS: [0, 1, 3, 4],
      up: [1, 5, 9, 3],
      down: [8, 1, null, null],
    });
  });

  it('lets no stretch reach from the warm-up into the measured time', () => {
    const { atS, a } = thinned({ atS: [-2, -1, 0, 1, 2, 3], a: [90, 80, 1, 2, 3, 4] }, 2);
    assert.deepEqual(atS, [-2, -1, 0, 2]);
    assert.deepEqual(a, [90, 80, 1, 4]);
  });
});
