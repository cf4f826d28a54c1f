/** Every call of the library, on the reference server in this process: counts and types, never a time. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  ab,
  capacity,
  check,
  compare,
  history,
  type LibraryEvent,
  type RunningServer,
  type RunRequest,
  run,
  runProfile,
  startServer,
} from '../../../src/index.js';
import type { RunRecord } from '../../../src/store/run-record.js';

const BRIEF = { warmup: '0s', duration: '300ms', instrumentCheck: false } as const;

describe('the library', () => {
  const cwd = mkdtempSync(path.join(os.tmpdir(), 'wsurge-library-'));
  let server: RunningServer;
  before(async () => {
    server = await startServer({ engine: 'ws' });
  });
  after(async () => {
    await server.close();
    rmSync(cwd, { recursive: true, force: true });
  });

  const brief = (more: Partial<RunRequest> = {}): RunRequest => ({
    ...{ target: server.url, cwd, env: {}, defaultGates: false },
    set: { ...BRIEF, connections: 2, rate: '50/s' },
    ...more,
  });

  it('runs a load on a URL, tells what happens, and keeps the result', async () => {
    const events: LibraryEvent[] = [];
    const { exitCode, result, folder } = await run(brief({ onEvent: (event) => events.push(event) }));
    assert.ok(exitCode === 0 || exitCode === 98, JSON.stringify(result.verdict.reasons));
    const [cell] = result.cells;
    assert.deepEqual([cell!.id, cell!.connections.held], ['load/c2-r50', 2]);
    assert.deepEqual(JSON.parse(readFileSync(path.join(folder, 'result.json'), 'utf8')), result);
    assert.ok(existsSync(path.join(folder, 'report.html')));
    const types = events.map(({ type }) => type);
    const first = (type: LibraryEvent['type']) => types.indexOf(type);
    const told = ['plan', 'canary', 'cell-start', 'line', 'cell', 'verdict'] as const;
    assert.deepEqual(
      told.map(first),
      told.map(first).sort((a, b) => a - b),
    );
    assert.deepEqual([types[0], types.at(-1)], ['plan', 'verdict']);
    const done = events.find((event) => event.type === 'cell');
    assert.equal(done?.result.id, cell!.id);
  });

  it('takes a profile as an object, with settings by name and by path, thresholds and labels', async () => {
    const { result } = await run({
      target: { name: 'mine', target: { url: server.url }, load: [{ name: 'big', connections: 1, rate: '10/s' }] },
      set: { ...BRIEF, 'load.big.rate': '40/s', labels: { build: '42' }, headers: { 'X-Test': 'yes' } },
      thresholds: { ws_connections_held: 'value>=1', ws_msgs_lost: ['count<9', { threshold: 'count<5', gate: false }] },
      ...{ cwd, env: {}, formats: ['csv'] },
    });
    assert.deepEqual([result.cells[0]!.id, result.labels], ['big/c1-r40', { build: '42' }]);
    assert.deepEqual(
      result.verdict.thresholds.map(({ expression, gate }) => [expression, gate]),
      [
        ['value>=1', true],
        ['count<9', true],
        ['count<5', false],
      ],
    );
  });

  it('still takes flags, as runProfile', async () => {
    let text = '';
    const { exitCode, result } = await runProfile(server.url, {
      flags: {
        connections: 2,
        rate: '50/s',
        duration: '300ms',
        warmup: '0s',
        'instrument-check': false,
        ...{ label: ['a=b'], lenient: true },
      },
      ...{ cwd, env: {} },
      onText: (piece) => {
        text += piece;
      },
    });
    assert.ok(exitCode === 0 || exitCode === 98 || exitCode === 99);
    assert.deepEqual([result.cells[0]!.id, result.labels], ['load/c2-r50', { a: 'b' }]);
    assert.match(text, /^note: --lenient is not needed/);
    assert.match(text, /^verdict /m);
  });

  it('stops at the signal with a whole result', async () => {
    const stop = new AbortController();
    const { exitCode, result } = await run(
      brief({
        set: { ...BRIEF, duration: '1h', connections: 1, rate: '50/s' },
        signal: stop.signal,
        onEvent: ({ type }) => type === 'line' && stop.abort(),
      }),
    );
    assert.deepEqual([exitCode, result.status, result.cells.length], [105, 'interrupted', 1]);
    assert.deepEqual(result.cells[0]!.laws, []);
  });

  it('throws what onEvent threw, once the load has ended', async () => {
    const failing = run(
      brief({
        set: { ...BRIEF, duration: '1h', connections: 1, rate: '50/s' },
        onEvent: () => {
          throw new TypeError('mine');
        },
      }),
    );
    await assert.rejects(failing, new TypeError('mine'));
    assert.equal(server.stats().connections, 0);
  });

  it('searches for the capacity, and stops at the signal', async () => {
    const stop = new AbortController();
    const { exitCode, result } = await capacity({
      ...{ target: server.url, cwd, env: {}, max: 4, require: 2, slo: 'ws_response_time p(95)<20s' },
      set: { ...BRIEF, connections: 1, ratePerConnection: '400/s' },
      signal: stop.signal,
      onEvent: ({ type }) => type === 'cell' && stop.abort(),
    });
    assert.deepEqual([exitCode, result.kind, result.status, result.steps.length], [105, 'capacity', 'interrupted', 1]);
    assert.deepEqual([result.search.axis, result.search.max.connections, result.search.require], ['connections', 4, 2]);
  });

  it('compares builds in turns, and stops at the signal', async () => {
    const stop = new AbortController();
    let cells = 0;
    const { exitCode, result, folder } = await ab({
      ...{ a: { url: server.url }, rounds: 5, preWarm: false, gates: ['p99'], margins: { p99: 0.5 }, cwd, env: {} },
      set: { ...BRIEF, connections: 1, rate: '200/s' },
      signal: stop.signal,
      onEvent: ({ type }) => type === 'cell' && ++cells === 2 && stop.abort(),
    });
    assert.deepEqual([exitCode, result.kind, result.rounds?.most], [105, 'comparison', 5]);
    const { asked } = JSON.parse(readFileSync(path.join(folder, 'run.json'), 'utf8')) as RunRecord;
    assert.deepEqual(
      [asked?.['gate'], asked?.['margin'], asked?.['aa']],
      [
        ['p99'],
        {
          ...{ p50: 0.05, p99: 0.5, throughput: 0.02, connect: 0.1 },
          ...{ deliver: 0.05, first: 0.1, last: 0.1, spread: 0.1, reach: 0.001 },
        },
        true,
      ],
    );
    assert.ok(readdirSync(path.join(folder, 'rounds')).length >= 2);
  });

  it('checks a server', async () => {
    const told: string[] = [];
    const { exitCode, result } = await check({
      ...{ target: server.url, only: [3.1, '3.2'], skip: ['3.2'], quick: true, cwd, env: {} },
      onEvent: (event) => event.type === 'check' && told.push(event.result.id),
    });
    assert.deepEqual(told, ['3.1', '3.2']);
    const [scenario, ...others] = result.scenarios;
    assert.deepEqual(
      [scenario!.checks.map(({ id, status }) => [id, status]), others, result.load, exitCode],
      [
        [
          ['3.1', 'passed'],
          ['3.2', 'skipped'],
        ],
        [],
        null,
        0,
      ],
    );
  });

  it('compares saved runs, and keeps them in a history', async () => {
    const saved = [await run(brief()), await run(brief())].map(({ folder }) => folder);
    const [a = '', b = ''] = saved;
    const { exitCode, result } = await compare({ a, b, noise: 0.9, force: true, cwd, output: 'compared' });
    assert.ok(exitCode === 0 || exitCode === 98 || exitCode === 99);
    assert.deepEqual([result.kind, result.method, result.noise.source], ['comparison', 'seconds', 'flag']);
    assert.ok(existsSync(path.join(cwd, 'compared/comparison.json')));
    const added = await history({ action: 'add', runs: saved, branch: 'main', cwd, env: {} });
    assert.deepEqual(
      added.map((one) => one.added),
      [true, true],
    );
    const look = await history({ action: 'show', cwd });
    assert.deepEqual([look.branch, look.runs.length, look.exitCode], ['main', 2, 0]);
  });
});
