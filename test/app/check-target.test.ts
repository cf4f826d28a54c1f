import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { CheckTarget } from '../../src/app/check-target.js';
import { parseProfile } from '../../src/profile/parse.js';
import { freePort } from '../e2e/local-server.js';

const LISTENS =
  "require('node:http').createServer().listen(Number(process.argv[1]), '127.0.0.1', () => console.log('on'))";

async function listener(port: number): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['-e', LISTENS, String(port)], { stdio: ['ignore', 'pipe', 'ignore'] });
  await once(child.stdout!, 'data');
  return child;
}

async function ended(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

describe('the process of a server that somebody else started', () => {
  it('is the new one once that listens', { skip: process.platform !== 'linux' }, async (t) => {
    const port = await freePort();
    const value = { target: { url: `ws://127.0.0.1:${port}/` }, load: [{ connections: 1, rate: 1 }] };
    const { profile } = parseProfile({ kind: 'flags', value }, { env: {}, readText: () => '' });
    const first = await listener(port);
    t.after(() => first.kill('SIGKILL'));
    const target = await CheckTarget.start(profile.target, true, '127.0.0.1', new AbortController().signal);
    const watched = target.process() ?? assert.fail('no process was found');
    assert.equal(watched.pid, first.pid);
    await ended(first);
    assert.equal(watched.sample(), null);
    const second = await listener(port);
    t.after(() => second.kill('SIGKILL'));
    assert.notEqual(watched.sample(), null);
    assert.equal(watched.pid, second.pid);
    await target.close();
  });
});
