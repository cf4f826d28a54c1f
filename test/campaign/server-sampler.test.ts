import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CampaignEvent, CellRole } from '../../src/campaign/events.js';
import { ServerSampler } from '../../src/campaign/server-sampler.js';
import type { CellPhase } from '../../src/coordinator/cell-events.js';
import type { ServerSample } from '../../src/coordinator/coordinator.js';
import type { ServerSecond } from '../../src/metrics/seconds/server-second.js';
import { cellWith } from '../plan/cell-builder.js';
import { NO_PROGRESS } from './events-fixture.js';

const CELL = cellWith({ id: 'load/c1-r1' });

/** A server that uses a quarter of a core and grows by 1 MB a second, on a machine with one core at work. */
function sampled(
  some: {
    readonly server?: () => ServerSample | null;
    readonly machine?: number | null;
    readonly pid?: () => number;
    readonly role?: CellRole;
  } = {},
) {
  const seconds: ServerSecond[] = [];
  const clock = { nowMs: 0 };
  const sample =
    some.server ??
    (() => ({ ...{ atMs: clock.nowMs, cpuMs: clock.nowMs / 4 }, rssBytes: clock.nowMs * 1000, openFds: null }));
  const sampler = new ServerSampler({
    server: {
      ...{ engine: null, unavailable: null, sample },
      get pid() {
        return some.pid?.() ?? 1;
      },
    },
    machineCpuMs: () => (some.machine === undefined ? clock.nowMs : some.machine),
  });
  const tell = (event: CampaignEvent) => {
    const second = sampler.secondUntil(event);
    if (second !== null) seconds.push(second);
  };
  const about = { cell: CELL, role: some.role ?? 'measured', progress: NO_PROGRESS };
  let phase: CellPhase = 'connect';
  let phaseMs = 0;
  const enter = (next: CellPhase) => {
    phase = next;
    phaseMs = clock.nowMs;
    tell({ type: 'phase', phase, atMs: clock.nowMs, ...about });
  };
  /** Time passes, and its second is told. */
  const pass = (ms: number) => {
    clock.nowMs += ms;
    const measuredMs = phase === 'measure' ? clock.nowMs - phaseMs : null;
    tell({ type: 'second', phase, atMs: clock.nowMs, measuredMs, ...about });
  };
  /** Time passes, and the next phase begins. */
  const passTo = (ms: number, next: CellPhase) => {
    clock.nowMs += ms;
    enter(next);
  };
  return { seconds, enter, pass, passTo };
}

describe('the sampler of the server', () => {
  test('tells every second of the measured time, and nothing else', () => {
    const { seconds, enter, pass, passTo } = sampled();
    enter('connect');
    pass(1000);
    passTo(4000, 'measure');
    pass(1000);
    pass(1000);
    passTo(500, 'drain');
    pass(1000);
    const line = { v: 1, cell: CELL.id };
    assert.deepEqual(seconds, [
      { ...line, second: 0, elapsedMs: 1000, server: { cpuMs: 250, rssBytes: 6_000_000 }, machineCpuMs: 1000 },
      { ...line, second: 1, elapsedMs: 1000, server: { cpuMs: 250, rssBytes: 7_000_000 }, machineCpuMs: 1000 },
      { ...line, second: 2, elapsedMs: 500, server: { cpuMs: 125, rssBytes: 7_500_000 }, machineCpuMs: 500 },
    ]);
  });

  test('counts late seconds from the start, and leaves out a rest too short to say anything', () => {
    const { seconds, enter, pass, passTo } = sampled();
    enter('measure');
    for (const ms of [1030, 970, 2400, 600]) pass(ms);
    passTo(3, 'drain');
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

  test('looks at no cell that runs for another, whose server may be another as well', () => {
    for (const role of ['pre-warm', 'baseline'] as const) {
      const { seconds, enter, pass, passTo } = sampled({ role });
      enter('measure');
      pass(1000);
      passTo(900, 'drain');
      assert.deepEqual(seconds, []);
    }
  });

  test('has no server where there is none to see or it has ended, and says nothing where nothing is known', () => {
    const gone = sampled({ server: () => null });
    gone.enter('measure');
    gone.pass(1000);
    assert.deepEqual(
      gone.seconds.map(({ server, machineCpuMs }) => [server, machineCpuMs]),
      [[null, 1000]],
    );
    const blind = sampled({ server: () => null, machine: null });
    blind.enter('measure');
    blind.pass(1000);
    assert.deepEqual(blind.seconds, []);
  });

  test('does not know the second in which the server was restarted, or one of its processes ended', () => {
    let pid = 1;
    let cpuMs = 0;
    const server = () => ({ atMs: 0, cpuMs, rssBytes: 1000, openFds: null });
    const { seconds, enter, pass } = sampled({ server, pid: () => pid });
    enter('measure');
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
    assert.deepEqual(
      seconds.map(({ server }) => server?.cpuMs ?? null),
      [100, null, 50, null, 10],
    );
  });
});
