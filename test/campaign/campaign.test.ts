import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type CampaignDeps, runCampaign } from '../../src/campaign/campaign.js';
import { type CellSource, FixedList } from '../../src/campaign/cell-source.js';
import { type CampaignEvent, type EventSink, toAll } from '../../src/campaign/events.js';
import { LocalGroup } from '../../src/coordinator/group-runner.js';
import {
  type Instant,
  type ShardOutcome,
  type ShardRunner,
  THREADS_TIMING,
} from '../../src/coordinator/shard-runner.js';
import { HostLoad } from '../../src/machine/host-load.js';
import { INTERVAL_VERSION, type Interval } from '../../src/metrics/interval.js';
import { Recorder } from '../../src/metrics/recorder.js';
import type { Cell, Shard } from '../../src/plan/cell.js';
import { HEALTHY } from '../engine/run-engine.js';
import { cellWith } from '../plan/cell-builder.js';

/** Runs nothing: tells of one connect per cell, which opens unless the cell is named otherwise. */
class ScriptedRunner implements ShardRunner {
  readonly ran: string[] = [];
  readonly urls: string[] = [];
  readonly #refused: ReadonlySet<string>;
  #cell: Cell | null = null;
  #tell: (interval: Interval) => void = () => {};

  readonly timing = THREADS_TIMING;
  readonly #onStart: () => void;

  constructor(refused: readonly string[], onStart: () => void = () => {}) {
    this.#refused = new Set(refused);
    this.#onStart = onStart;
  }

  async prepare([shard]: readonly Shard[], onInterval: (interval: Interval) => void): Promise<void> {
    this.#cell = shard!.cell;
    this.#tell = onInterval;
    this.ran.push(shard!.cell.id);
    this.urls.push(shard!.endpoint.url);
  }

  instantIn(): Instant {
    return 0 as unknown as Instant;
  }

  async connect(): Promise<number> {
    const recorder = new Recorder(this.#cell!);
    recorder.count('attempts');
    recorder.count(this.#refused.has(this.#cell!.id) ? 'failed' : 'opened');
    this.#tell({
      ...{ v: INTERVAL_VERSION, agent: 'test', cell: this.#cell!.id, workers: [0, 1], line: 0, elapsedMs: 1 },
      ...{ stage: 'connect', second: null, open: 0, openMin: 0, inFlight: 0, health: HEALTHY, instrument: null },
      ...recorder.flush(),
    });
    return 0;
  }

  start(): void {
    this.#onStart();
  }
  extend(): void {}
  restarted(): void {}
  stop(): void {}

  async done(): Promise<readonly ShardOutcome[]> {
    return [{ worker: 0, status: 'lost', error: 'scripted' }];
  }

  async dispose(): Promise<void> {}
}

const ENDPOINT = {
  ...{ url: 'ws://127.0.0.1:9/', address: null, headers: {}, subprotocols: [], userAgent: 'test' },
  tls: { ca: null, cert: null, key: null, insecure: false, servername: null },
};
const UNWATCHED = { engine: null, pid: null, unavailable: 'not watched' };

function cellNamed(id: string): Cell {
  return cellWith({ id, warmupMs: 0, durationMs: 1 });
}

async function run(
  runner: ScriptedRunner,
  ids: readonly string[],
  changes: Partial<CampaignDeps> = {},
  sink: EventSink = () => {},
) {
  const events: CampaignEvent[] = [];
  const deps: CampaignDeps = {
    ...{
      runner: new LocalGroup(runner),
      workers: 1,
      pacing: 'timer',
      env: {},
      data: [],
      host: new HostLoad(),
      restart: null,
      preWarm: null,
    },
    source: new FixedList(ids.map(cellNamed)),
    endpoint: ENDPOINT,
    server: { ...UNWATCHED, sample: () => ({ atMs: 0, cpuMs: 0, rssBytes: 0, openFds: 0 }) },
    thresholds: [],
    interrupt: new AbortController().signal,
    ...changes,
  };
  return { outcome: await runCampaign(deps, toAll([sink, (event) => events.push(event)])), events };
}

/** What is recorded: the measured cells and their lines. */
function recorded(events: readonly CampaignEvent[]): string[] {
  return events.flatMap((event) => {
    if (event.type === 'cell-start') return [`start ${event.ordinal} ${event.cell.id}`];
    if (event.type === 'line') return [`line ${event.line.cell}`];
    return event.type === 'cell' ? [`cell ${event.result.id}`] : [];
  });
}

/** Every cell that runs, with its role and phases. */
function phases(events: readonly CampaignEvent[]): string[] {
  return events.flatMap((event) => (event.type === 'phase' ? [`${event.role} ${event.cell.id} ${event.phase}`] : []));
}

describe('a campaign', () => {
  test('throws the pre-warm cell away, and stops when the target takes no connection any more', async () => {
    const runner = new ScriptedRunner(['gone']);
    const { outcome, events } = await run(runner, ['first', 'gone', 'never', 'neither'], {
      preWarm: cellNamed('pre-warm'),
    });
    assert.deepEqual(runner.ran, ['pre-warm', 'first', 'gone']);
    assert.deepEqual(
      outcome.cells.map(({ id }) => id),
      ['first', 'gone'],
    );
    const reason = 'the target took no connection any more';
    assert.deepEqual(outcome.notRun, [
      { id: 'never', reason },
      { id: 'neither', reason },
    ]);
    assert.deepEqual([outcome.interrupted, outcome.abortedBy], [false, null]);
    assert.deepEqual(recorded(events), [
      'start 0 first',
      'line first',
      'cell first',
      'start 1 gone',
      'line gone',
      'cell gone',
    ]);
    const inOrder = ['connect', 'measure', 'drain'];
    assert.deepEqual(phases(events), [
      ...inOrder.map((phase) => `pre-warm pre-warm ${phase}`),
      ...['first', 'gone'].flatMap((id) => inOrder.map((phase) => `measured ${id} ${phase}`)),
    ]);
  });

  test('tells its source the result of each cell once, before anybody else hears of it', async () => {
    const told: string[] = [];
    const list = new FixedList(['first', 'second'].map(cellNamed));
    const source: CellSource = {
      next: () => {
        told.push('next');
        return list.next();
      },
      settle: ({ id }) => told.push(`settle ${id}`),
      remaining: () => list.remaining(),
    };
    const events: string[] = [];
    const twins = { endpoint: ENDPOINT, server: { ...UNWATCHED, sample: () => null }, preWarm: null };
    const { outcome } = await run(new ScriptedRunner([]), [], { source, twins }, (event) => {
      if (event.type === 'cell') events.push(`${told.at(-1)}, then cell ${event.cell.id}`);
    });
    assert.equal(outcome.cells.length, 2);
    assert.deepEqual(told, ['next', 'settle first', 'next', 'settle second', 'next']);
    assert.deepEqual(events, ['settle first, then cell first', 'settle second, then cell second']);
  });

  test('runs the null twin of each cell right after it, on a server of its own, and records nothing of it', async () => {
    const runner = new ScriptedRunner([]);
    const twins = {
      endpoint: { ...ENDPOINT, url: 'ws://127.0.0.1:7/' },
      server: { engine: 'uws', pid: null, unavailable: 'not watched', sample: () => null },
      preWarm: cellNamed('warm'),
    };
    const { outcome, events } = await run(runner, ['first', 'second'], { twins });
    assert.deepEqual(runner.ran, ['warm', 'first', 'first null twin', 'second', 'second null twin']);
    assert.deepEqual(runner.urls.slice(0, 3), ['ws://127.0.0.1:7/', 'ws://127.0.0.1:9/', 'ws://127.0.0.1:7/']);
    assert.deepEqual(recorded(events), [
      ...['start 0 first', 'line first', 'cell first'],
      ...['start 1 second', 'line second', 'cell second'],
    ]);
    const of = (role: string) => phases(events).filter((text) => text.startsWith(role) && text.endsWith('connect'));
    const twinsAndTheirWarmUp = ['warm', 'first null twin', 'second null twin'];
    assert.deepEqual(
      of('baseline'),
      twinsAndTheirWarmUp.map((id) => `baseline ${id} connect`),
    );
    // Its only worker was lost: no floor, and said so; the cell itself stands.
    for (const { nullTwin } of outcome.cells) assert.equal(nullTwin!.status, 'invalid');
  });

  test('a cell that has none, whose target is gone, or that was cut short, has no null twin', async () => {
    const twins = { endpoint: ENDPOINT, server: { ...UNWATCHED, sample: () => null }, preWarm: null };
    const gone = new ScriptedRunner(['gone']);
    const { outcome } = await run(gone, ['gone'], { twins });
    assert.deepEqual(gone.ran, ['gone']);
    assert.deepEqual(outcome.cells[0]!.nullTwin, { status: 'none', reason: 'the target took no connection' });
    const silent = new FixedList([{ ...cellNamed('silent'), rate: { from: 0, to: 0 } }]);
    const idle = await run(new ScriptedRunner([]), [], { twins, source: silent });
    assert.deepEqual(idle.outcome.cells[0]!.nullTwin, { status: 'none', reason: 'it sends nothing' });
    const interrupt = new AbortController();
    const cut = new ScriptedRunner([], () => interrupt.abort());
    const stopped = await run(cut, ['first'], { twins, interrupt: interrupt.signal });
    assert.deepEqual(cut.ran, ['first']);
    assert.deepEqual(stopped.outcome.cells[0]!.nullTwin, { status: 'none', reason: 'interrupted' });
  });

  test('interrupted before it began runs nothing, not even the pre-warm cell', async () => {
    const runner = new ScriptedRunner([]);
    const { outcome } = await run(runner, ['first'], {
      preWarm: cellNamed('pre-warm'),
      interrupt: AbortSignal.abort(),
    });
    assert.deepEqual(runner.ran, []);
    assert.deepEqual(outcome, {
      cells: [],
      notRun: [{ id: 'first', reason: 'interrupted' }],
      interrupted: true,
      abortedBy: null,
    });
  });
});
