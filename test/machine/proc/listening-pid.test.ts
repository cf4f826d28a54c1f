import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { findTcpListener, findUnixListener, listeningPid } from '../../../src/machine/proc/listening-pid.js';
import { kernelProc } from '../../../src/machine/proc/proc-files.js';
import { TempScripts } from '../../target/scripts-fixture.js';
import { FakeProc } from './proc-fixture.js';

function socketLine(address: string, port: number, inode: number): string {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  return `   0: ${address}:${hexPort} 00000000:0000 0A 00000000:00000000 00:00000000 00000000  0 0 ${inode} 1\n`;
}

const ANY_V6 = '0'.repeat(32);

describe('the listening process in a made-up /proc', () => {
  function machine(): FakeProc {
    const proc = new FakeProc({
      '/proc/net/tcp': socketLine('00000000', 9001, 100) + socketLine('0100007F', 9001, 101),
      '/proc/net/tcp6': socketLine(ANY_V6, 9002, 102),
      '/proc/20/fd/5': '-> socket:[100]',
      '/proc/21/fd/5': '-> socket:[101]',
      '/proc/22/fd/0': '-> /dev/null',
      '/proc/22/fd/9': '-> socket:[102]',
    });
    for (const pid of [20, 21, 22]) proc.setProcess({ pid });
    return proc;
  }

  it('is the one bound to the address itself before the one bound to all', () => {
    assert.equal(listeningPid('127.0.0.1', 9001, machine()), 21);
    assert.equal(listeningPid('127.0.0.2', 9001, machine()), 20);
  });

  it('is found on the IPv6 wildcard for both families, mapped addresses included', () => {
    assert.equal(listeningPid('127.0.0.1', 9002, machine()), 22);
    assert.equal(listeningPid('::1', 9002, machine()), 22);
    assert.equal(listeningPid('::ffff:127.0.0.1', 9002, machine()), 22);
  });

  it('is the master where its workers hold the socket too', () => {
    const proc = machine();
    proc.files.set('/proc/30/fd/3', '-> socket:[102]');
    proc.files.set('/proc/31/fd/3', '-> socket:[102]');
    proc.end(22);
    proc.setProcess({ pid: 31, parent: 1 });
    proc.setProcess({ pid: 30, parent: 31 });
    assert.equal(listeningPid('::1', 9002, proc), 31);
  });

  it('is this process where it holds the socket itself, and no other is looked at', () => {
    const proc = machine();
    proc.files.set('/proc/self', '-> 22');
    const looked: string[] = [];
    const list = proc.list.bind(proc);
    proc.list = (path) => {
      looked.push(path);
      return list(path);
    };
    assert.equal(listeningPid('::1', 9002, proc), 22);
    assert.deepEqual(looked, ['/proc/22/fd']);
    assert.equal(listeningPid('127.0.0.1', 9001, proc), 21);
  });

  it('is unknown on another machine, on a port nobody listens on, and where its files are hidden', () => {
    const reasonOf = (search: ReturnType<typeof findTcpListener>) =>
      search.status === 'unknown' ? search.reason : null;
    assert.equal(reasonOf(findTcpListener('192.0.2.7', 9001, machine(), [])), '192.0.2.7 is not a local process');
    assert.equal(findTcpListener('192.0.2.7', 9001, machine(), ['192.0.2.7']).status, 'found');
    assert.equal(reasonOf(findTcpListener('127.0.0.1', 9009, machine())), 'no local process listens on port 9009');
    const hidden = machine();
    hidden.files.delete('/proc/21/fd/5');
    assert.match(reasonOf(findTcpListener('127.0.0.1', 9001, hidden)) ?? '', /^no permission to see/);
  });
});

describe('the listening process of this machine', () => {
  async function listening(where: { host: string; port: number } | { path: string }): Promise<Server> {
    const server = createServer();
    server.listen(where);
    await once(server, 'listening');
    return server;
  }

  function portOf(server: Server): number {
    const address = server.address();
    assert.ok(typeof address === 'object' && address !== null);
    return address.port;
  }

  for (const host of ['127.0.0.1', '0.0.0.0']) {
    it(`is this one, listening on ${host}`, async () => {
      const server = await listening({ host, port: 0 });
      const port = portOf(server);
      assert.equal(listeningPid('127.0.0.1', port, kernelProc), process.pid);
      server.close();
      await once(server, 'close');
      assert.equal(listeningPid('127.0.0.1', port, kernelProc), null);
    });
  }

  it('is this one, listening on a unix socket', async () => {
    const scripts = new TempScripts();
    const path = join(scripts.folder, 'app.sock');
    const server = await listening({ path });
    assert.deepEqual(findUnixListener(path, kernelProc), { status: 'found', pid: process.pid });
    server.close();
    await once(server, 'close');
    assert.equal(findUnixListener(path, kernelProc).status, 'unknown');
    scripts.remove();
  });
});
