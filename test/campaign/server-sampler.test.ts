import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, mock, test } from 'node:test';
import { ServerWatch } from '../../src/campaign/server-sampler.js';
import type { CellObserver, ServerSample } from '../../src/coordinator/coordinator.js';
import type { ServerSecond } from '../../src/metrics/seconds/server-second.js';
import { cellWith } from '../plan/cell-builder.js';

const CELL = cellWith({ id: 'load/c1-r1' });
const NOBODY: CellObserver = { onPhase: () => {}, onProgress: () => {}, onInterval: () => {} };

/** A server that uses a quarter of a core and grows by 1 MB a second, on a machine with one core at work. */
function watch(
  some: {
    readonly server?: () => ServerSample | null;
    readonly machine?: number | null;
    readonly pid?: () => number;
  } = {},
) {
  const seconds: ServerSecond[] = [];
  const clock = { nowMs: 0 };
  const sample =
    some.server ??
    (() => ({ ...{ atMs: clock.nowMs, cpuMs: clock.nowMs / 4 }, rssBytes: clock.nowMs * 1000, openFds: null }));
  const watched = new ServerWatch({
    server: {
      ...{ engine: null, unavailable: null, sample },
      get pid() {
        return some.pid?.() ?? 1;
      },
    },
    machineCpuMs: () => (some.machine === undefined ? clock.nowMs : some.machine),
    onSecond: (second) => seconds.push(second),
    nowMs: () => clock.nowMs,
  });
  /** Time passes; the timer goes off where it is due. */
  const pass = (ms: number) => {
    clock.nowMs += ms;
    mock.timers.tick(ms);
  };
  return { seconds, pass, observer: watched.watching(NOBODY), end: () => watched.end() };
}

describe('the watch on the server', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
  afterEach(() => mock.timers.reset());

  test('tells every second of the measured time, and nothing else', () => {
    const { seconds, pass, observer } = watch();
    observer.onPhase('connect', CELL);
    pass(5000);
    observer.onPhase('measure', CELL);
    pass(1000);
    pass(1000);
    pass(500);
    observer.onPhase('drain', CELL);
    pass(5000);
    const line = { v: 1, cell: CELL.id };
    assert.deepEqual(seconds, [
      { ...line, second: 0, elapsedMs: 1000, server: { cpuMs: 250, rssBytes: 6_000_000 }, machineCpuMs: 1000 },
      { ...line, second: 1, elapsedMs: 1000, server: { cpuMs: 250, rssBytes: 7_000_000 }, machineCpuMs: 1000 },
      { ...line, second: 2, elapsedMs: 500, server: { cpuMs: 125, rssBytes: 7_500_000 }, machineCpuMs: 500 },
    ]);
  });

  test('does not drift where its timer is late, and leaves out a rest too short to say anything', () => {
    const { seconds, pass, observer } = watch();
    observer.onPhase('measure', CELL);
    for (const ms of [1030, 970, 2400, 600]) pass(ms);
    pass(3);
    observer.onPhase('drain', CELL);
    assert.deepEqual(
      seconds.map(({ second, elapsedMs }) => [second, elapsedMs]),
      [
        [0, 1030],
        [1, 970],
        [2, 2400],
        [4, 600],
      ],
    );
  });

  test('has no server where there is none to see or it has ended, and says nothing where nothing is known', () => {
    const gone = watch({ server: () => null });
    gone.observer.onPhase('measure', CELL);
    gone.pass(1000);
    gone.end();
    assert.deepEqual(
      gone.seconds.map(({ server, machineCpuMs }) => [server, machineCpuMs]),
      [[null, 1000]],
    );
    const blind = watch({ server: () => null, machine: null });
    blind.observer.onPhase('measure', CELL);
    blind.pass(1000);
    blind.end();
    assert.deepEqual(blind.seconds, []);
  });

  test('does not know the second in which the server was restarted, or one of its processes ended', () => {
    let pid = 1;
    let cpuMs = 0;
    const server = () => ({ atMs: 0, cpuMs, rssBytes: 1000, openFds: null });
    const { seconds, pass, observer, end } = watch({ server, pid: () => pid });
    observer.onPhase('measure', CELL);
    for (const [nextPid, nextMs] of [
      [1, 100],
      [2, 900],
      [2, 950],
      [2, 400],
      [2, 410],
    ] as const) {
      [pid, cpuMs] = [nextPid, nextMs];
      pass(1000);
    }
    end();
    assert.deepEqual(
      seconds.map(({ server }) => server?.cpuMs ?? null),
      [100, null, 50, null, 10],
    );
  });

  test('ends where the cell breaks off', () => {
    const { seconds, pass, observer, end } = watch();
    observer.onPhase('measure', CELL);
    pass(400);
    end();
    pass(9000);
    end();
    assert.deepEqual(
      seconds.map(({ elapsedMs }) => elapsedMs),
      [400],
    );
  });
});
