import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type CellDeps, runCell } from '../../src/coordinator/coordinator.js';
import { LocalGroup } from '../../src/coordinator/group-runner.js';
import { ThreadRunner } from '../../src/coordinator/thread-runner.js';
import { TruthEchoThread } from '../../src/coordinator/truth-echo-thread.js';
import type { WsurgeError } from '../../src/errors.js';
import { HostLoad } from '../../src/machine/host-load.js';
import { C } from '../../src/metrics/counters.js';
import type { Interval } from '../../src/metrics/interval.js';
import type { Cell } from '../../src/plan/cell.js';
import { judge } from '../../src/verdict/judge.js';
import { wsServer } from '../e2e/local-server.js';
import { cellWith } from '../plan/cell-builder.js';
import { PLANNED_FAILURE } from './throwing-worker.js';

const REAL_WORKER = fileURLToPath(new URL('../../threads/load-worker.js', import.meta.url));
const THROWING_WORKER = fileURLToPath(new URL('./throwing-worker.js', import.meta.url));
const CHANGING_WORKER = fileURLToPath(new URL('./changing-worker.js', import.meta.url));
/** Its descriptors are back at once: no cell waits for them. */
const IDLE = { atMs: 0, cpuMs: 0, rssBytes: 0, openFds: 0 };
const TLS = { ca: null, cert: null, key: null, insecure: false, servername: null };

function depsFor(runner: ThreadRunner, workers: number, url: string, stop = new AbortController().signal): CellDeps {
  return {
    ...{ runner: new LocalGroup(runner), workers, stop },
    pacing: 'timer',
    endpoint: { url, address: '127.0.0.1', headers: {}, subprotocols: [], tls: TLS, userAgent: 'wsurge/test' },
    env: {},
    data: [],
    server: { engine: null, pid: null, unavailable: 'not watched', sample: () => IDLE },
    host: new HostLoad(),
    restart: null,
  };
}

/** Runs one cell on real threads against an echo; with every line that came. */
async function runOn(workerFile: string, cells: readonly Cell[], workers = 2, extension: CellDeps['extension'] = null) {
  const server = await wsServer();
  const runner = new ThreadRunner({ workers, workerFile, agent: 'test', instrumentCheck: true });
  const lines: Interval[] = [];
  try {
    const results = [];
    for (const cell of cells) {
      const deps = { ...depsFor(runner, workers, server.url), extension };
      results.push(await runCell(cell, deps, (event) => event.type === 'line' && lines.push(event.line)));
    }
    return { results, lines };
  } finally {
    await runner.dispose();
    await server.stop();
  }
}

const outcomeOf = (results: Awaited<ReturnType<typeof runOn>>['results']) =>
  judge({ cells: results, notRun: [], interrupted: false, abortedBy: null }, [], { defaultGates: true, strict: false });

describe('a worker that throws', () => {
  const cell = cellWith({ connections: { from: 4, to: 4 }, warmupMs: 0, durationMs: 3000 });

  test('its samples up to the last second are kept, the other is unaffected, the cell invalid: exit 98', async () => {
    const { results, lines } = await runOn(THROWING_WORKER, [cell]);
    const [result] = results;
    const [survivor, lost] = result!.client.workers;

    assert.deepEqual([survivor!.status, survivor!.error], ['done', null]);
    assert.deepEqual([lost!.status, lost!.error], ['lost', PLANNED_FAILURE]);
    const { planned, sent, answered: kept } = survivor!.messages;
    assert.deepEqual([planned, kept], [150, sent]);
    const told = lines.filter((line) => line.workers[0] === 1).flatMap((line) => line.flow);
    const answered = told.reduce((sum, delta) => sum + delta.counters[C.answered]!, 0);
    assert.equal(lost!.messages.answered, answered, 'exactly what it told');
    assert.ok(answered > 0 && answered < 150, `two seconds of 50 messages each: ${answered}`);
    const { messages, latencyUs } = result!.flows[0]!;
    assert.equal(messages.answered, kept + answered);
    assert.equal(latencyUs.service!.count, kept + answered);
    assert.deepEqual(result!.laws, []);

    const verdict = outcomeOf(results);
    assert.equal(verdict.validity, 'invalid');
    const [reason] = verdict.reasons.filter(({ code }) => code === 'worker_lost');
    assert.deepEqual([reason!.side, reason!.severity], ['client', 'invalid']);
    assert.match(reason!.message, new RegExp(PLANNED_FAILURE));
    assert.equal(verdict.exitCode, 98);
  });
});

test('workers that cannot even start are lost, and the cell ends', async () => {
  const cell = cellWith({ warmupMs: 0, durationMs: 100 });
  const { results } = await runOn('/nowhere/load-worker.js', [cell]);
  const [result] = results;
  assert.deepEqual(
    result!.client.workers.map(({ status }) => status),
    ['lost', 'lost'],
  );
  assert.match(result!.client.workers[0]!.error!, /Cannot find module '\/nowhere\/load-worker\.js'/);
  assert.equal(outcomeOf(results).exitCode, 98);
});

test('a worker that prepares another cell than the one it was sent is lost; the other is unaffected', async () => {
  const cell = cellWith({ warmupMs: 0, durationMs: 300 });
  const { results } = await runOn(CHANGING_WORKER, [cell]);
  const [kept, lost] = results[0]!.client.workers;
  assert.equal(kept!.status, 'done');
  assert.deepEqual([lost!.status, lost!.error], ['lost', 'the worker prepared another cell than the one it was sent']);
  assert.equal(outcomeOf(results).exitCode, 98);
});

test('an instrument check that cannot start refuses the run and says how to do without', async () => {
  await assert.rejects(TruthEchoThread.start('/nowhere/truth-echo.js', 1), (error: WsurgeError) => {
    assert.equal(error.exitCode, 104);
    assert.match(`${error.message} ${error.next}`, /instrument check cannot start.*--no-instrument-check/);
    return true;
  });
});

test('a cell that is not measured for long enough goes on, on every worker, and is one cell', async () => {
  const cell = cellWith({ connections: { from: 4, to: 4 }, warmupMs: 100, durationMs: 300 });
  const asked: number[] = [];
  const extension = {
    longestMs: () => 900,
    durationMs: (_: Cell, nowMs: number) => {
      asked.push(nowMs);
      return nowMs + 300;
    },
    measured: (measured: Cell) => measured,
  };
  const { results } = await runOn(REAL_WORKER, [cell], 2, extension);
  const [result] = results;
  assert.deepEqual(asked, [300, 600]);
  assert.equal(result!.flows[0]!.messages.planned, 90);
  assert.equal(result!.rate.plannedPerSecond, 100);
  assert.deepEqual(result!.laws, []);
  const { fromMs, toMs } = result!.phases.find(({ name }) => name === 'measure')!;
  assert.ok(toMs - fromMs >= 895, `${toMs - fromMs} ms`);
});

test('one pool serves cell after cell; more workers than connections leave some idle', async () => {
  const cell = cellWith({ connections: { from: 2, to: 2 }, warmupMs: 0, durationMs: 300 });
  const { results, lines } = await runOn(REAL_WORKER, [cell, { ...cell, id: 'load/again' }], 3);
  for (const { flows, client, laws } of results) {
    assert.equal(flows[0]!.messages.answered, flows[0]!.messages.sent);
    assert.deepEqual(
      client.workers.map(({ messages }) => messages.planned),
      [15, 15, 0],
    );
    assert.deepEqual(laws, []);
    for (const { instrument } of client.workers) {
      assert.equal(instrument!.count + instrument!.missed, 60, 'one check every 5 ms, the idle worker too');
      assert.ok(instrument!.p50! > -10, `received after it left: ${instrument!.p50} us`);
    }
  }
  assert.deepEqual([...new Set(lines.map((line) => line.cell))], ['load/c10-r100', 'load/again']);
});
