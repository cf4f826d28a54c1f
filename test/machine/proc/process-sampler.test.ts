import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { kernelProc } from '../../../src/machine/proc/proc-files.js';
import { ProcessSampler } from '../../../src/machine/proc/process-sampler.js';
import { TempScripts } from '../../target/scripts-fixture.js';
import { FakeProc } from './proc-fixture.js';

describe('samples of a made-up /proc', () => {
  let proc: FakeProc;
  const sampler = () => new ProcessSampler(10, proc, () => 1234);

  beforeEach(() => {
    proc = new FakeProc();
    proc.setProcess({ pid: 10, own: 50, waited: 5, rssKb: 1000 });
  });

  it('have the clock, CPU ms, memory and open files of the process', () => {
    proc.files.set('/proc/10/fd/0', '-> /dev/null');
    proc.files.set('/proc/10/fd/7', '-> socket:[1]');
    assert.deepEqual(sampler().sample(), {
      atMs: 1234,
      cpuMs: 550,
      rssBytes: 1_024_000,
      openFds: 2,
      threadWaitMs: new Map(),
    });
  });

  it('leave open files uncounted where they are not asked for', () => {
    proc.files.set('/proc/10/fd/0', '-> /dev/null');
    assert.equal(sampler().sample({ openFds: false })?.openFds, null);
  });

  it('add up descendants, found by parent where the kernel lists no children', () => {
    proc.setProcess({ pid: 11, parent: 10, own: 20, rssKb: 500 });
    proc.setProcess({ pid: 12, parent: 11, own: 3, rssKb: 24 });
    proc.setProcess({ pid: 99, parent: 1, own: 999, rssKb: 999 });
    const sample = sampler().sample();
    assert.equal(sample?.cpuMs, 780);
    assert.equal(sample?.rssBytes, 1524 * 1024);
  });

  it('add up descendants, found in the lists of children of every thread', () => {
    // Parents that the lists contradict: only the lists can have led there.
    proc.setProcess({ pid: 11, parent: 1, own: 20 });
    proc.setProcess({ pid: 12, parent: 1, own: 3 });
    proc.files.set('/proc/10/task/10/children', '');
    proc.files.set('/proc/10/task/15/children', '11 ');
    proc.files.set('/proc/11/task/11/children', '12 ');
    assert.equal(sampler().sample()?.cpuMs, 780);
  });

  it('have no open files where the kernel does not show them', () => {
    assert.equal(sampler().sample()?.openFds, null);
  });

  it('are null when the process has ended, is a zombie, or its pid is another process', () => {
    const watching = sampler();
    assert.notEqual(watching.sample(), null);
    proc.setProcess({ pid: 10, state: 'Z' });
    assert.equal(watching.sample(), null);
    proc.setProcess({ pid: 10, start: 2000 });
    assert.equal(watching.sample(), null);
    proc.end(10);
    assert.equal(watching.sample(), null);
  });

  it('are null where there never was such a process', () => {
    assert.equal(new ProcessSampler(77, proc).sample(), null);
  });

  it('count a child that ended and was waited for once', () => {
    proc.setProcess({ pid: 11, parent: 10, own: 40 });
    const watching = sampler();
    assert.equal(watching.sample()?.cpuMs, 950);
    proc.end(11);
    proc.setProcess({ pid: 10, own: 50, waited: 5 + 46 });
    assert.equal(watching.sample()?.cpuMs, 1010);
    assert.equal(watching.sample()?.cpuMs, 1010);
  });

  it('keep the time of a child that ended and was never waited for', () => {
    proc.setProcess({ pid: 11, parent: 10, own: 40 });
    const watching = sampler();
    assert.equal(watching.sample()?.cpuMs, 950);
    proc.end(11);
    proc.setProcess({ pid: 10, own: 51, waited: 5 });
    assert.equal(watching.sample()?.cpuMs, 960);
    proc.setProcess({ pid: 10, own: 52, waited: 5 });
    assert.equal(watching.sample()?.cpuMs, 970);
  });

  it('take a pid that a new child got as a new process', () => {
    proc.setProcess({ pid: 11, parent: 10, own: 40, start: 1 });
    const watching = sampler();
    watching.sample();
    proc.setProcess({ pid: 11, parent: 10, own: 2, start: 2 });
    assert.equal(watching.sample()?.cpuMs, 970);
  });
});

/**
 * Burns the CPU time it is told to, in itself or in a child that then ends; then says what it has itself taken so far.
 */
const BURNER = `
  import { fork } from 'node:child_process';
  const burn = (ms) => {
    const start = process.cpuUsage();
    for (;;) { const { user, system } = process.cpuUsage(start); if (user + system >= ms * 1000) return; }
  };
  const tell = () => { const { user, system } = process.cpuUsage(); process.send((user + system) / 1000); };
  process.on('message', ({ ms, inChild }) => {
    if (!inChild) { burn(ms); tell(); return; }
    const child = fork(process.argv[1]);
    child.on('message', (message) => { if (message !== 'up') child.disconnect(); });
    child.once('exit', tell);
    child.send({ ms, inChild: false });
  });
  process.send('up');
`;

describe('samples of a real process', () => {
  const scripts = new TempScripts();
  let child: ChildProcess;

  beforeEach(async () => {
    child = fork(scripts.write('burner.mjs', BURNER), { execArgv: [] });
    await once(child, 'message');
  });
  afterEach(async () => {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    scripts.remove();
  });

  /** CPU time that the process says it has taken itself, once the work is done. */
  async function done(work: { ms: number; inChild: boolean }): Promise<number> {
    child.send(work);
    const [ownMs] = (await once(child, 'message')) as [number];
    return ownMs;
  }

  async function cpuMsOf(work: { ms: number; inChild: boolean }): Promise<number> {
    const sampler = new ProcessSampler(child.pid!, kernelProc);
    const before = sampler.sample();
    await done(work);
    const after = sampler.sample();
    assert.ok(before !== null && after !== null);
    assert.ok(after.atMs > before.atMs);
    assert.ok(after.rssBytes > 10 * 1024 * 1024, `a Node process in ${after.rssBytes} bytes`);
    assert.ok(after.openFds !== null && after.openFds >= 3);
    return after.cpuMs - before.cpuMs;
  }

  it('see the CPU time it burns', async () => {
    const nothing = { ms: 0, inChild: false };
    const fromMs = await done(nothing);
    const cpuMs = await cpuMsOf({ ms: 400, inChild: false });
    const takenMs = (await done(nothing)) - fromMs;
    // The kernel tells CPU time in steps of 10 ms, of user and system time each.
    assert.ok(cpuMs >= 370 && cpuMs <= takenMs + 30, `400 ms burnt, ${takenMs} ms taken, ${cpuMs} ms seen`);
  });

  it('see the CPU time of a child that came and went between two samples', async () => {
    const cpuMs = await cpuMsOf({ ms: 400, inChild: true });
    assert.ok(cpuMs >= 370, `400 ms burnt, ${cpuMs} ms seen`);
  });

  it('end with it', async () => {
    const sampler = new ProcessSampler(child.pid!, kernelProc);
    assert.notEqual(sampler.sample(), null);
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    assert.equal(sampler.sample(), null);
    child = fork(scripts.write('burner.mjs', BURNER), { execArgv: [] });
    await once(child, 'message');
  });
});
