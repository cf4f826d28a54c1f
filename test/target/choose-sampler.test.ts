import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Target } from '../../src/profile/profile.js';
import { chooseSampler } from '../../src/target/choose-sampler.js';
import { FakeProc } from '../machine/proc/proc-fixture.js';
import { commandTarget, embeddedTarget, urlTarget } from './target-fixture.js';

describe('whose CPU and memory stand for the server', () => {
  const FILES = {
    '/proc/net/tcp': '   0: 0100007F:2329 00000000:0000 0A 00000000:00000000 00:00000000 00000000  0 0 55 1\n',
    '/proc/net/unix': '0000: 00000002 00000000 00010000 0001 01 56 /run/app.sock\n',
    '/proc/41/fd/3': '-> socket:[55]',
    '/proc/42/fd/3': '-> socket:[56]',
  };
  const proc = new FakeProc(FILES);
  for (const pid of [40, 41, 42]) proc.setProcess({ pid });

  function pidFor(target: Target, url: string, pid: number | null, address: string | null): number | string {
    const choice = chooseSampler(target, { url, pid }, address, proc);
    return choice.status === 'ready' ? choice.sampler.pid : choice.reason;
  }

  it('the embedded server that we started', () => {
    assert.equal(pidFor(embeddedTarget(), 'ws://127.0.0.1:9001/', 40, '127.0.0.1'), 40);
  });

  const command = commandTarget('npm start', 'ws://127.0.0.1:9001/', { by: 'port' });

  it('of a command, the process that listens and not the wrapper that was started', () => {
    assert.equal(pidFor(command, command.url, 40, '127.0.0.1'), 41);
  });

  it('of a command behind which nobody local listens, nobody: not the wrapper', () => {
    const elsewhere = commandTarget('docker run x', 'ws://127.0.0.1:9002/', { by: 'port' });
    assert.equal(pidFor(elsewhere, elsewhere.url, 40, '127.0.0.1'), 'no local process listens on port 9002');
  });

  it('not a program that passes connections on to a container', () => {
    const forwarded = new FakeProc({ ...FILES, '/proc/41/comm': 'docker-proxy\n' });
    for (const pid of [40, 41]) forwarded.setProcess({ pid });
    const choice = chooseSampler(command, { url: command.url, pid: 40 }, '127.0.0.1', forwarded);
    assert.match(choice.status === 'ready' ? '' : choice.reason, /^docker-proxy listens on port 9001 .*target\.pid/);
  });

  it('not the init that opened the socket for the service', () => {
    const activated = new FakeProc({ ...FILES, '/proc/1/fd/9': '-> socket:[55]' });
    for (const pid of [1, 41]) activated.setProcess({ pid });
    const choice = chooseSampler(command, { url: command.url, pid: 40 }, '127.0.0.1', activated);
    assert.equal(choice.status === 'ready' ? choice.sampler.pid : choice.reason, 41);
  });

  it('the pid the user named, before anything else', () => {
    const target = { ...commandTarget('docker run x', 'ws://127.0.0.1:9001/', { by: 'port' }), pid: 42 };
    assert.equal(pidFor(target, target.url, 40, '127.0.0.1'), 42);
    assert.equal(
      pidFor({ ...urlTarget('ws://192.0.2.1/'), pid: 4711 }, 'ws://192.0.2.1/', null, '192.0.2.1'),
      'no process with pid 4711',
    );
  });

  it('the local process that listens where a URL leads', () => {
    assert.equal(pidFor(urlTarget('ws://localhost:9001/'), 'ws://localhost:9001/', null, '127.0.0.1'), 41);
    assert.equal(pidFor(urlTarget('ws+unix:/run/app.sock:/x'), 'ws+unix:/run/app.sock:/x', null, null), 42);
  });

  it('nobody, with the reason, for a server elsewhere', () => {
    const reason = '192.0.2.1 is not a local process';
    assert.equal(pidFor(urlTarget('ws://example.test/'), 'ws://example.test/', null, '192.0.2.1'), reason);
  });

  it('nobody where there is no /proc of the Linux kind', () => {
    const choice = chooseSampler(embeddedTarget(), { url: 'ws://127.0.0.1:1/', pid: 40 }, '127.0.0.1', null);
    assert.equal(choice.status, 'unavailable');
  });
});
