/** Everybody who watches a run: the run folder, the terminal, Prometheus, the dashboard, `abortOnFail`. */
import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import { mock, test } from 'node:test';
import { folderSink } from '../../src/app/folder-sink.js';
import { toldTo } from '../../src/app/watch.js';
import { type CampaignDeps, runCampaign } from '../../src/campaign/campaign.js';
import { FixedList } from '../../src/campaign/cell-source.js';
import { type CampaignEvent, type EventSink, toAll } from '../../src/campaign/events.js';
import { Dashboard } from '../../src/cli/live/dashboard.js';
import { LiveState } from '../../src/cli/live/live-state.js';
import { LiveProgress } from '../../src/cli/views/live-progress.js';
import { LocalGroup } from '../../src/coordinator/group-runner.js';
import { HostLoad } from '../../src/machine/host-load.js';
import { CellMerger } from '../../src/metrics/merge.js';
import type { Cell } from '../../src/plan/cell.js';
import { lifeEnds } from '../../src/plan/lifetimes.js';
import type { Cursor } from '../../src/plan/pacer.js';
import type { Plan } from '../../src/plan/plan.js';
import { prometheusText } from '../../src/report/live/prometheus.js';
import { inMockedTime, SecondsRunner } from '../campaign/seconds-runner.js';
import { cellWith } from '../plan/cell-builder.js';
import { documentOf } from '../report/document-fixture.js';
import { threshold } from '../verdict/threshold-fixture.js';

const LIFETIME = { kind: 'fixed', meanMs: 60_000 } as const;
const NEVER = threshold('ws_msgs_lost', 'count', '<', 1e9, { abortOnFail: true });

/** All watchers of a run of these cells, and what each has made of it. */
function watchers(cells: readonly Cell[]) {
  const plan = { cells, preWarm: null, nullTwin: false } as unknown as Plan;
  const seen = { lines: [] as string[], screen: [] as string[], page: [] as string[], snapshots: 0 };
  const folder = folderSink({
    appendInterval: (line) => seen.lines.push(JSON.stringify(line)),
    appendAgentSecond: (second) => seen.lines.push(JSON.stringify(second)),
    appendServerSecond: (second) => seen.lines.push(JSON.stringify(second)),
  });
  const screen = { isTTY: true, columns: 100, write: (text: string) => void seen.screen.push(text) };
  const io = { stdout: screen, stderr: screen, env: { TERM: 'xterm' }, cwd: '.', signal: new AbortController().signal };
  const progress = new LiveProgress({ io, plan, enabled: true, safe: (text) => text });
  const state = new LiveState(plan);
  const dashboard = new Dashboard(
    (done, running) => {
      seen.snapshots++;
      assert.ok((running?.seconds.length ?? 0) <= 600);
      const shown = running === null ? [] : [{ ...running, pacing: 'timer' }];
      return documentOf({ cells: [...done, ...shown], thresholds: [] });
    },
    cells.length,
    (problem) => assert.fail(problem),
  );
  const page = {
    ...{ writeHead: () => page, on: () => page, once: () => page, writableLength: 0, destroy: () => undefined },
    write: (text: string) => seen.page.push(text),
    end: (_?: string, done?: () => void) => done?.(),
  };
  void dashboard.pages.find(({ path }) => path === '/events')!.answer(page as unknown as ServerResponse);
  const sinks = {
    folder,
    screen: toldTo({ tell: (event) => progress.tell(event) }, () => ({ validity: 'valid', target: 'ok' })),
    prometheus: state.sink,
    dashboard: dashboard.sink,
  };
  return { seen, sinks, metrics: () => prometheusText('run', state.totals, state.state()) };
}

function depsOf(cells: readonly Cell[], runner: SecondsRunner, workers: number): CampaignDeps {
  return {
    ...{
      runner: new LocalGroup(runner),
      workers,
      pacing: 'timer',
      env: {},
      data: [],
      host: new HostLoad(),
      restart: null,
    },
    ...{ preWarm: null, source: new FixedList(cells), thresholds: [NEVER], interrupt: new AbortController().signal },
    endpoint: {
      ...{ url: 'ws://127.0.0.1:9/', address: null, headers: {}, subprotocols: [], userAgent: 'test' },
      tls: { ca: null, cert: null, key: null, insecure: false, servername: null },
    },
    server: { engine: null, pid: null, unavailable: 'not watched', sample: () => null },
  };
}

async function watchedRun(cells: readonly Cell[], workers: number, sink: EventSink): Promise<void> {
  const runner = new SecondsRunner(workers);
  await inMockedTime(runner, () => runCampaign(depsOf(cells, runner, workers), sink));
}

const steady = (id: string, seconds: number) => cellWith({ id, warmupMs: 0, durationMs: seconds * 1000 });

test('the order of those who watch changes nothing: not the folder, not the screen, not the metrics', async () => {
  const cells = [steady('a', 5), steady('b', 3)];
  const events: CampaignEvent[] = [];
  await watchedRun(cells, 2, (event) => events.push(event));
  assert.ok(events.some(({ type }) => type === 'second') && events.some(({ type }) => type === 'server-second'));
  const made = (order: (sinks: readonly EventSink[]) => readonly EventSink[]) => {
    const { seen, sinks, metrics } = watchers(cells);
    const sink = toAll(order(Object.values(sinks)));
    const scraped: string[] = [];
    let nowMs = 0;
    mock.method(performance, 'now', () => nowMs);
    try {
      for (const event of events) {
        if (event.type === 'second') nowMs += 1000;
        sink(event);
        scraped.push(metrics());
      }
    } finally {
      mock.restoreAll();
    }
    return { ...seen, scraped };
  };
  const first = made((sinks) => sinks);
  assert.ok(first.lines.length > 16 && first.screen.length > 8 && first.page.length > 2, JSON.stringify(first));
  const answered = 10 * events.filter(({ type }) => type === 'line').length;
  assert.ok(first.scraped.at(-1)!.includes(`wsurge_messages_total{state="answered"} ${answered}\n`));
  assert.deepEqual(
    made((sinks) => sinks.toReversed()),
    first,
  );
  assert.deepEqual(
    made(([a, b, ...rest]) => [b!, ...rest, a!]),
    first,
  );
});

test('a second of the server is told right before the event that ends it, and the abort rule decides after both', async () => {
  const runner = new SecondsRunner(1);
  const aborting = threshold('ws_msgs_lost', 'count', '<', 0, { abortOnFail: true });
  const stopped: boolean[] = [];
  const stop = mock.method(runner, 'stop', () => undefined).mock;
  const events: CampaignEvent[] = [];
  const deps = { ...depsOf([steady('a', 5)], runner, 1), thresholds: [aborting] };
  const outcome = await inMockedTime(runner, () =>
    runCampaign(deps, (event) => {
      events.push(event);
      stopped.push(stop.callCount() > 0);
    }),
  );
  const told = events.flatMap((event, at) => (event.type === 'server-second' ? [events[at + 1]] : []));
  assert.ok(told.length > 0);
  for (const next of told) assert.ok(next?.type === 'second' || next?.type === 'phase', next?.type);
  assert.equal(outcome.abortedBy, `${aborting.metric} ${aborting.expression}`);
  const judged = events.findIndex((event) => event.type === 'second' && event.measuredMs !== null);
  assert.equal(stopped[judged], false, 'whoever watches hears of the second before it aborts');
});

/** Seconds of a short run and of a long one. */
const [SHORT, LONG] = [20, 60];

/** How often the watchers did what costs something while `workers` loaded one cell for so many seconds. */
async function workOf(seconds: number, workers: number, lifetime: Cell['lifetime'] = null) {
  const cells = [{ ...steady('long', seconds), lifetime }];
  const { seen, sinks } = watchers(cells);
  const calls = { secondEvents: 0, latest: 0, soFar: 0, walked: 0 };
  const { latest, soFar } = CellMerger.prototype;
  mock.method(CellMerger.prototype, 'latest', function (this: CellMerger) {
    calls.latest++;
    return latest.call(this);
  });
  mock.method(CellMerger.prototype, 'soFar', function (this: CellMerger, ...args: Parameters<typeof soFar>) {
    calls.soFar++;
    return soFar.apply(this, args);
  });
  const cursor = Object.getPrototypeOf(lifeEnds({ ...cells[0]!, lifetime: LIFETIME }).cursor(0, 1)) as Cursor;
  const { next } = cursor;
  mock.method(cursor, 'next', function (this: Cursor) {
    const atUs = next.call(this);
    if (atUs === Number.POSITIVE_INFINITY) calls.walked++;
    return atUs;
  });
  await watchedRun(
    cells,
    workers,
    toAll([
      ...Object.values(sinks),
      ({ type }) => {
        if (type === 'second') calls.secondEvents++;
      },
    ]),
  );
  return { ...calls, drawn: seen.screen.length, snapshots: seen.snapshots };
}

test('watching costs the same for each second, however long the run and however many the workers', async () => {
  const [short, long, wide] = [await workOf(SHORT, 1), await workOf(LONG, 1), await workOf(SHORT, 8)];
  assert.deepEqual(wide, short, 'no watcher does anything for every line of every worker');
  for (const [name, calls] of Object.entries(long)) {
    const before = short[name as keyof typeof short];
    const perSecond = (calls - before) / (LONG - SHORT);
    assert.ok(perSecond <= 3, `${name}: ${perSecond} a second`);
    assert.ok(calls <= 3 * before, `${name}: ${before} in ${SHORT} seconds, ${calls} in ${LONG}`);
  }
});

test('a plan of lifetimes is walked once, however often the run is looked at', async () => {
  const [short, long] = [await workOf(SHORT, 1, LIFETIME), await workOf(LONG, 8, LIFETIME)];
  assert.ok(long.soFar > short.soFar && short.soFar >= SHORT, `${short.soFar} and ${long.soFar} looks`);
  assert.deepEqual([short.walked, long.walked], [1, 1]);
});
