/** What was sent to many, second by second: seconds.csv, the histogram log, and the lines of --events. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import HistogramLogReader from 'hdr-histogram-js/dist/HistogramLogReader.js';
import { EventLines } from '../../../src/app/event-lines.js';
import type { RunEvent } from '../../../src/app/events.js';
import type { SavedRun } from '../../../src/documents/saved-run.js';
import { FanoutRecordings } from '../../../src/metrics/fanout-recordings.js';
import type { Interval } from '../../../src/metrics/interval.js';
import { SecondSeries } from '../../../src/metrics/seconds/second-series.js';
import { timelinesOf } from '../../../src/metrics/seconds/timeline.js';
import { csvFiles } from '../../../src/report/run/csv.js';
import { hlogFiles } from '../../../src/report/run/hdr-files.js';
import { cellWith } from '../../plan/cell-builder.js';
import { requestWith, wireWith } from '../../plan/wire-builder.js';
import { documentOf } from '../document-fixture.js';
import { fanoutCell } from '../fanout-fixture.js';
import { recordsOf } from './csv-records.js';
import { countersIn, intervalOf, savedRunOf } from './saved-fixture.js';

const SUBSCRIBERS = 4;

/** One message for each of the given ends of its spread; `missed` of these messages did not come to one subscriber. */
function flowOf(request: number, second: number, lastUs: readonly number[], missed = 0): Interval['flow'][number] {
  const recordings = new FanoutRecordings();
  for (const [i, us] of lastUs.entries()) {
    const delivered = i < missed ? SUBSCRIBERS - 1 : SUBSCRIBERS;
    for (let to = 0; to < delivered; to++) recordings.delivered(us, us - 50);
    recordings.published({ delivered, expected: SUBSCRIBERS, gone: 0, firstUs: us / 2, lastUs: us, lagUs: 50 });
  }
  const owed = lastUs.length * SUBSCRIBERS;
  return {
    ...{ phase: 'measure', second, request },
    counters: countersIn({ planned: lastUs.length, sent: lastUs.length, delivered: owed - missed, missed }),
    histograms: { response: [], service: [], lag: [] },
    fanout: recordings.drain(),
  };
}

const cell = fanoutCell(SUBSCRIBERS, [{ name: 'say' }, { name: 'news' }]);
const flows = [[flowOf(0, 0, [1000, 2000]), flowOf(1, 0, [8000])], [flowOf(0, 1, [1000, 2000, 4000], 1)]];
const lines = flows.map((flow, second) => intervalOf({ cell: cell.id, line: second, second, flow }));
const plain = savedRunOf(documentOf({ cells: [cell], thresholds: [] }));
const saved: SavedRun = { ...plain, timelines: timelinesOf(lines) };

describe('seconds.csv', () => {
  const file = csvFiles(saved).find(({ name }) => name === 'seconds.csv')!;
  const rows = recordsOf([...(file.text as Iterable<string>)].join('')).filter(({ kind }) => kind === 'messages');

  it('has what was delivered and missed, and the times of all requests together', () => {
    const numbers = (row: Record<string, string>, ...names: string[]) => names.map((name) => Number(row[name]));
    const counts = ['delivered', 'missed', 'messages', 'reachedAny', 'reachedAll'];
    assert.deepEqual(
      rows.map((row) => numbers(row, ...counts)),
      [
        [12, 0, 3, 3, 3],
        [11, 1, 3, 3, 2],
      ],
    );
    const near = (row: Record<string, string>, name: string, us: number) =>
      assert.ok(Math.abs(Number(row[name]) - us) <= us / 100, `${name}: ${row[name]}, not ${us}`);
    const [first] = rows;
    near(first!, 'deliver_p50Us', 2000);
    near(first!, 'deliver_p99Us', 8000);
    near(first!, 'first_p50Us', 1000);
    near(first!, 'last_p99Us', 8000);
    near(first!, 'spread_p50Us', 1000);
  });

  it('has no quantile among what was missed', () => {
    const [, second] = rows;
    assert.deepEqual([second!['deliver_p99Us'], second!['last_p99Us'], second!['spread_p99Us']], ['', '', '']);
    assert.notEqual(second!['first_p99Us'], '', 'every message reached somebody');
  });

  it('leaves its columns empty where nothing reaches others', () => {
    const other = csvFiles(savedRunOf(documentOf({ cells: documentOf().cells.slice(0, 1), thresholds: [] })));
    const [row] = recordsOf([...(other.at(-1)!.text as Iterable<string>)].join(''));
    assert.deepEqual([row!['messages'], row!['deliver_p50Us'], row!['last_p99Us']], ['', '', '']);
  });
});

it('the histogram log has the deliveries of each request, and its messages, delivery for delivery', () => {
  const text = [...(hlogFiles(saved)[0]!.text as Iterable<string>)].join('');
  const reader = new HistogramLogReader.default(text);
  const counts: Record<string, number> = {};
  const longest: Record<string, number> = {};
  for (let next = reader.nextIntervalHistogram(); next !== null; next = reader.nextIntervalHistogram()) {
    counts[next.tag] = (counts[next.tag] ?? 0) + next.totalCount;
    longest[next.tag] = Math.max(longest[next.tag] ?? 0, next.maxValue);
  }
  const of = (request: string, deliveries: number, messages: number, whole: number) => ({
    [`${cell.id}-${request}.deliver`]: deliveries,
    [`${cell.id}-${request}.deliver-service`]: deliveries,
    [`${cell.id}-${request}.first`]: messages,
    [`${cell.id}-${request}.last`]: whole,
    [`${cell.id}-${request}.spread`]: whole,
  });
  assert.deepEqual(counts, { ...of('say', 19, 5, 4), ...of('news', 4, 1, 1) });
  const [deliver, service, first] = ['deliver', 'deliver-service', 'first'].map((name) => `${cell.id}-news.${name}`);
  assert.ok(Math.abs(longest[deliver!]! - longest[service!]! - 50) <= 16, 'from due, and from the send');
  assert.ok(Math.abs(longest[first!]! - 4000) <= 16);
});

describe('--events', () => {
  const requests = ['say', 'news'].map((name) => requestWith(name, '', { reaches: 'all', silent: true }));
  const planned = cellWith({ id: cell.id, wire: wireWith({ requests, deliver: { timeoutMs: 2000 } }) });
  const series = new SecondSeries(planned);
  for (const flow of flows.flat()) series.add(flow);
  const progress = { second: (...at: Parameters<SecondSeries['at']>) => series.at(...at) };

  /** The lines of a cell whose newest second ended `atMs` after it began, with a measure phase from 0 ms on. */
  function linesAt(atMs: number) {
    const events = new EventLines(null);
    const common = { cell: planned, role: 'measured', progress };
    events.of({ ...common, type: 'phase', phase: 'measure', atMs: 0 } as unknown as RunEvent);
    return events.of({ ...common, type: 'second', atMs, measuredMs: atMs } as unknown as RunEvent);
  }

  it('the line of a second has what was delivered and missed, and the times of its messages', () => {
    const [first, second] = linesAt(5000) as unknown as Record<string, number>[];
    assert.deepEqual([first!['delivered'], first!['missed'], second!['delivered'], second!['missed']], [12, 0, 11, 1]);
    for (const [name, us] of Object.entries({ deliverP50Us: 2000, firstP50Us: 1000, lastP50Us: 2000, lastP99Us: 8000 }))
      assert.ok(Math.abs(first![name]! - us) <= us / 100, `${name}: ${first![name]}, not ${us}`);
    assert.deepEqual([second!['deliverP99Us'], second!['lastP99Us']], [null, null]);
    assert.ok(second!['firstP99Us']! > 1900, 'every message reached somebody');
  });

  it('is told when its deliveries have had their time', () => {
    const told = [1000, 2000, 3999, 4000, 5000].map((atMs) => linesAt(atMs).length);
    assert.deepEqual(told, [0, 0, 0, 1, 2]);
  });
});
