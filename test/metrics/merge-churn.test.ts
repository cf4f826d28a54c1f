import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import type { CellResult } from '../../src/metrics/cell-result.js';
import type { EventDelta, Interval } from '../../src/metrics/interval.js';
import { COUNTS_ALONE } from '../../src/metrics/so-far.js';
import type { Cell } from '../../src/plan/cell.js';
import { lifeEnds } from '../../src/plan/lifetimes.js';
import { cellWith } from '../plan/cell-builder.js';
import { linesOf, totalsOf } from './made-lines.js';
import { MergedThreads } from './merged-threads.js';

const WORKERS = 2;
const STEADY = cellWith({
  ...{ connections: { from: 4, to: 4 }, rate: { from: 10, to: 10 }, axes: { connections: 4, rate: 10 } },
  ...{ warmupMs: 1000, durationMs: 6000 },
});
/**
 * Four connections that live for 2 s: connection c ends at (c + 1/2) / 2 s and every 2 s after that. So each worker's two
 * connections end once in the warm-up and six times in the six measured seconds.
 */
const CHURN = cellWith({ ...STEADY, lifetime: { kind: 'fixed', meanMs: 2000 } });
const CUT = cellWith({
  ...STEADY,
  reconnect: { policy: 'immediate', baseMs: 100, capMs: 10_000, jitter: 'full' },
  events: [{ kind: 'disconnect', atMs: 2000, share: 0.5 }],
});
const NO_LIVES = { warmup: { ended: 0, opened: 0 }, measure: { ended: 0, opened: 0 } };

interface Happened {
  /** Lives of each worker that ended, and successors that opened, in the measured time. */
  readonly ended?: number;
  readonly opened?: number;
  /** What each worker reports of the event, in the line of the third measured second. */
  readonly events?: readonly EventDelta[];
  /** The fewest connections of worker 0 in the line of the third measured second. */
  readonly fewest?: number;
}

/** The lines of one worker, with what happened to its connections. */
function churnLines(cell: Cell, worker: number, { ended = 0, opened = 0, events, fewest = 2 }: Happened): Interval[] {
  const warm = cell.lifetime === null ? 0 : 1;
  const replaced = warm + opened;
  return linesOf(cell, worker, WORKERS).map((line) => {
    const { attempts, opened: first, closedClean } = line.connections;
    const more = first > 0 ? { attempts: attempts + replaced, opened: first + replaced } : {};
    const closed = closedClean > 0 ? { closedClean: closedClean + replaced } : {};
    const connections = { ...line.connections, ...more, ...closed };
    const isThird = line.second === 3;
    const lives = isThird ? { warmup: { ended: warm, opened: warm }, measure: { ended, opened } } : NO_LIVES;
    const heldMin = isThird && worker === 0 ? fewest : 2;
    const own = isThird && events !== undefined ? [events[worker]!] : [];
    return { ...line, connections, turnover: { heldMin, lives, events: own } };
  });
}

function merged(cell: Cell, happened: Happened): CellResult {
  const merger = new MergedThreads(cell, WORKERS);
  for (const worker of [1, 0]) {
    const lines = churnLines(cell, worker, happened);
    for (const line of lines) merger.add(line);
    merger.workerDone(totalsOf(cell, WORKERS, lines));
  }
  return merger.finish({
    ...{ pacing: 'timer', interrupted: false, restartProblems: new Map() },
    phases: [{ name: 'measure', fromMs: 1000, toMs: 7000 }],
    server: { status: 'unavailable', engine: null, reason: 'a test' },
    host: { cpuPercent: null, rssBytes: null, throttled: null, steal: null, suspendedMs: null },
  });
}

describe('connections that the plan replaces', () => {
  it('all lives end as planned: connects per second, and a connection that is being replaced counts as held', () => {
    const { churn, laws, connections, events } = merged(CHURN, { ended: 6, opened: 6 });
    assert.deepEqual(churn, {
      ...{ lifetime: 'fixed', meanMs: 2000, ended: 12, opened: 12 },
      ...{ askedPerSecond: 2, openedPerSecond: 2 },
    });
    assert.deepEqual([connections.held, connections.opened, events], [4, 18, undefined]);
    assert.deepEqual(laws, []);
  });

  it('a life that did not end, and a successor of nobody, break laws', () => {
    const law = (happened: Happened) => new Set(merged(CHURN, happened).laws.map((each) => each.law));
    assert.deepEqual(law({ ended: 5, opened: 5 }), new Set(['lives ended = the plan of the shard']));
    assert.deepEqual(law({ ended: 6, opened: 7 }), new Set(['successors opened <= lives ended']));
  });

  it('the plan of lifetimes is walked once, and once more where the cell is extended', () => {
    const next = mock.method(Object.getPrototypeOf(lifeEnds(CHURN).cursor(0, 1)), 'next');
    const merger = new MergedThreads(CHURN, WORKERS);
    const walked = () => [merger.soFar(1000, COUNTS_ALONE).churn!.askedPerSecond, next.mock.callCount()];
    // 14 ends in 7 s, and the word that there are no more.
    assert.deepEqual(
      [walked(), walked()],
      [
        [2, 15],
        [2, 15],
      ],
    );
    merger.extend(10_000);
    assert.deepEqual(
      [walked(), walked()],
      [
        [2, 38],
        [2, 38],
      ],
    );
    next.mock.restore();
  });

  it('a second with fewer connections is seen, in whichever worker it was', () => {
    assert.equal(merged(CHURN, { ended: 6, opened: 6, fewest: 1 }).connections.held, 3);
  });
});

describe('connections that an event of the plan cuts', () => {
  const delta = (some: Partial<EventDelta>): EventDelta => ({
    ...{ event: 0, heldBefore: 2, dropped: 1, lostInFlight: 0, refused: 0 },
    ...{ held: [], connects: [], notConnected: [], ...some },
  });

  it('the event is that of all workers: back when the slower one is', () => {
    const events = [
      delta({ held: [0, -1, 300, 1], connects: [0, 1], notConnected: [0, 2, 400, 1], lostInFlight: 1 }),
      delta({ held: [0, -1, 500, 1], connects: [100, 1], notConnected: [600, 5] }),
    ];
    const { events: [found] = [], churn, stationarity, laws } = merged(CUT, { events });
    assert.equal(churn, undefined);
    assert.equal(stationarity, null, 'a load with events is not steady');
    assert.deepEqual(found, {
      ...{ kind: 'disconnect', atMs: 2000, share: 0.5, reconnect: 'immediate', reached: true, problem: null },
      ...{ heldBefore: 4, dropped: 2, heldAfter: 4, recoveredMs: 500, peakConnectsPerSecond: 2, refused: 0 },
      ...{ lostInFlight: 1, notConnected: 3 },
    });
    assert.deepEqual(laws, []);
  });

  it('an event that no worker reached', () => {
    const { events: [found] = [] } = merged(CUT, {});
    assert.deepEqual([found!.reached, found!.recoveredMs, found!.heldBefore], [false, null, 0]);
  });
});
