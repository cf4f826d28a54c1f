/** What is said of this machine: `doctor`, `calibrate`, and the warnings of a run that follow from them. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { thisMachine } from '../../src/app/kept-calibration.js';
import { type MachineFile, readMachineFile, writeMachineFile } from '../../src/store/machine-file.js';
import { COUNTED_RUN, runCli } from './run-cli.js';

interface Checkup {
  readonly connections: number;
  readonly enough: boolean;
  readonly checks: readonly { readonly name: string; readonly state: string; readonly fix: string | null }[];
}

async function doctor(...args: string[]): Promise<{ code: number; found: Checkup }> {
  const run = await runCli(['doctor', '--json', ...args]);
  return { code: run.code, found: JSON.parse(run.stdout) as Checkup };
}

test('doctor: a few connections, and more than any machine grants, each thing with the line that mends it', async () => {
  const few = await doctor('-c', '1');
  assert.equal(few.found.connections, 1);
  assert.equal(few.code, few.found.enough ? 0 : 99);
  const names = ['file descriptors', 'local ports', 'TIME_WAIT', 'somaxconn', 'conntrack', 'cores'];
  assert.deepEqual(
    few.found.checks.map(({ name }) => name),
    [...names, 'cgroup CPU', 'memory', 'clock source', 'server engine'],
  );
  const many = await doctor('--connections', '1M');
  assert.deepEqual([many.code, many.found.enough], [99, false]);
  const ports = many.found.checks.find(({ name }) => name === 'local ports')!;
  assert.equal(ports.state, 'low');
  assert.match(ports.fix!, /ip_local_port_range.*localAddresses: \[127\.0\.0\.2-/);
  for (const { state, fix } of many.found.checks) assert.equal(fix !== null, state === 'low');
});

test('doctor: text for people, and every problem of its flags at once', async () => {
  const text = await runCli(['doctor', '-c', '1M', '-q']);
  assert.equal(text.code, 99);
  assert.match(text.stdout, /^LOW +/m);
  assert.doesNotMatch(text.stdout, /^ok /m);
  assert.match(text.stdout, /this machine is not fit for 1,000,000 connections: see LOW above/);
  const wrong = await runCli(['doctor', '-c', 'many', '--load']);
  assert.equal(wrong.code, 104);
  for (const part of ['--connections', '--load']) assert.match(wrong.stderr, new RegExp(`${part}: `));
});

async function cacheFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'wsurge-cache-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test('calibrate: refuses what it does not know; stopped before its end, it keeps nothing', async (t) => {
  const cache = await cacheFolder(t);
  const wrong = await runCli(['calibrate', '--rate', '5'], { env: { XDG_CACHE_HOME: cache } });
  assert.equal(wrong.code, 104);
  assert.match(wrong.stderr, /--rate: is not a flag of calibrate/);
  const homeless = await runCli(['calibrate']);
  assert.equal(homeless.code, 104);
  assert.match(homeless.stderr, /HOME or XDG_CACHE_HOME/);
  const stop = new AbortController();
  const onStderr = (text: string) => {
    if (text.includes('about four minutes')) stop.abort();
  };
  const stopped = await runCli(['calibrate'], { env: { XDG_CACHE_HOME: cache }, signal: stop.signal, onStderr });
  assert.equal(stopped.code, 105, stopped.stderr);
  assert.match(stopped.stderr, /nothing is kept/);
  assert.deepEqual(await readdir(cache), []);
});

test('a run warns where it asks for more than this machine was found fit for, or is near its floor', async (t) => {
  const cache = await cacheFolder(t);
  const file = path.join(cache, 'wsurge', 'calibration.json');
  const kept: MachineFile = {
    ...{ version: 1, measuredAt: '2026-01-01T00:00:00.000Z', machine: thisMachine(), engine: 'ws' },
    calibration: { floorUs: { p50: 900_000, p99: 900_000 }, ratePerSecond: 50, connections: 1, connectsPerSecond: 1 },
  };
  await writeMachineFile(file, kept);
  assert.deepEqual(await readMachineFile(file, thisMachine()), kept);
  const load = { load: [{ connections: 3, rate: 60 }], warmup: '0s', duration: '200ms' };
  const files = { 'p.json': JSON.stringify({ target: { embedded: 'auto' }, ...load }) };
  const run = await runCli([...COUNTED_RUN, 'p.json', '--no-progress'], {
    env: { XDG_CACHE_HOME: cache },
    files,
  });
  for (const what of [/60 msg\/s are asked for.*fit for 50/, /3 connections are/, /3 connects a second are/]) {
    assert.match(run.stderr, what);
  }
  // A generator that hardly got a processor has no p50 to warn of.
  const { p50 } = run.result!.cells[0]!.flows[0]!.latencyUs.response!;
  const warned = /warning: the p50 of \S+ \(\S+ ms\) is under 3 times the floor of this machine/.test(run.stderr);
  assert.equal(warned, p50 !== null, run.stderr);
});
