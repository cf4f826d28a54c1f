import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type CampaignDeps, type CampaignObserver, runCampaign } from '../../src/campaign/campaign.js';
import { FixedList } from '../../src/campaign/cell-source.js';
import { HostLoad } from '../../src/coordinator/host-load.js';
import type { Instant, ShardOutcome, ShardRunner } from '../../src/coordinator/shard-runner.js';
import { INTERVAL_VERSION, type Interval } from '../../src/metrics/interval.js';
import { Recorder } from '../../src/metrics/recorder.js';
import type { Cell, Shard } from '../../src/plan/cell.js';
import { HEALTHY } from '../engine/run-engine.js';
import { cellWith } from '../plan/cell-builder.js';

/** Runs nothing: tells of one connect per cell, which opens unless the cell is named otherwise. */
class ScriptedRunner implements ShardRunner {
  readonly ran: string[] = [];
  readonly #refused: ReadonlySet<string>;
  #cell: Cell | null = null;
  #tell: (interval: Interval) => void = () => {};

  constructor(refused: readonly string[]) {
    this.#refused = new Set(refused);
  }

  async prepare([shard]: readonly Shard[], _planHash: string, onInterval: (interval: Interval) => void): Promise<void> {
    this.#cell = shard!.cell;
    this.#tell = onInterval;
    this.ran.push(shard!.cell.id);
  }

  instantIn(): Instant {
    return 0 as unknown as Instant;
  }

  async connect(): Promise<number> {
    const recorder = new Recorder(this.#cell!);
    recorder.count('attempts');
    recorder.count(this.#refused.has(this.#cell!.id) ? 'failed' : 'opened');
    this.#tell({
      ...{ v: INTERVAL_VERSION, agent: 'test', cell: this.#cell!.id, worker: 0, line: 0, elapsedMs: 1 },
      ...{ stage: 'connect', second: null, open: 0, openMin: 0, inFlight: 0, health: HEALTHY, instrument: null },
      ...recorder.flush(),
    });
    return 0;
  }

  start(): void {}
  stop(): void {}

  async done(): Promise<readonly ShardOutcome[]> {
    return [{ worker: 0, status: 'lost', error: 'scripted' }];
  }

  async dispose(): Promise<void> {}
}

function cellNamed(id: string): Cell {
  return cellWith({ id, warmupMs: 0, durationMs: 1 });
}

async function run(runner: ScriptedRunner, ids: readonly string[], changes: Partial<CampaignDeps> = {}) {
  const events: string[] = [];
  const observer: CampaignObserver = {
    onCellStart: (cell, ordinal) => events.push(`start ${ordinal} ${cell.id}`),
    onCellDone: (cell) => events.push(`done ${cell.id}`),
    onInterval: (interval) => events.push(`interval ${interval.cell}`),
    onPhase: () => {},
    onProgress: () => {},
  };
  const deps: CampaignDeps = {
    ...{
      runner,
      workers: 1,
      planHash: 'test',
      pacing: 'timer',
      env: {},
      data: [],
      host: new HostLoad(),
      restart: null,
      preWarm: null,
    },
    source: new FixedList(ids.map(cellNamed)),
    endpoint: {
      ...{ url: 'ws://127.0.0.1:9/', address: null, headers: {}, subprotocols: [], userAgent: 'test' },
      tls: { ca: null, cert: null, key: null, insecure: false, servername: null },
    },
    server: {
      ...{ engine: null, pid: null, unavailable: 'not watched' },
      sample: () => ({ atMs: 0, cpuMs: 0, rssBytes: 0, openFds: 0 }),
    },
    thresholds: [],
    interrupt: new AbortController().signal,
    ...changes,
  };
  return { outcome: await runCampaign(deps, observer), events };
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
    assert.deepEqual(events, [
      'start 0 first',
      'interval first',
      'done first',
      'start 1 gone',
      'interval gone',
      'done gone',
    ]);
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
