import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  parseChildren,
  parseProcessStat,
  parseResidentBytes,
  parseSocketLink,
  parseTcpListeners,
  parseUnixListener,
} from '../../../src/machine/proc/proc-text.js';

const STAT =
  '4242 (node) S 4200 4242 4242 0 -1 4194560 23849 512 3 1 207 31 5 2 20 0 11 0 421337 1094148096 12208 18446744073709551615 1 1 0 0 0';

describe('process stat', () => {
  it('reads identity, parent, group and CPU time', () => {
    assert.deepEqual(parseProcessStat(STAT), {
      pid: 4242,
      state: 'S',
      parentPid: 4200,
      groupId: 4242,
      ownTicks: 238,
      waitedTicks: 7,
      startTicks: 421337,
    });
  });

  it('is not led astray by a name with spaces and parentheses', () => {
    const stat = parseProcessStat(STAT.replace('(node)', '(a) R 1 (b c)'));
    assert.equal(stat?.parentPid, 4200);
    assert.equal(stat?.startTicks, 421337);
  });

  it('is null for other text and for a line cut short', () => {
    assert.equal(parseProcessStat(''), null);
    assert.equal(parseProcessStat('nothing of the kind'), null);
    assert.equal(parseProcessStat('4242 (node) S 4200 4242'), null);
  });
});

it('resident memory comes in bytes, and is null where a process has none', () => {
  assert.equal(parseResidentBytes('VmPeak:\t 99 kB\nVmRSS:\t   48832 kB\nRssAnon:\t 1 kB\n'), 50_003_968);
  assert.equal(parseResidentBytes('Name:\tkthreadd\nState:\tS (sleeping)\n'), null);
});

it('children are pids separated by spaces', () => {
  assert.deepEqual(parseChildren('12 345 '), [12, 345]);
  assert.deepEqual(parseChildren(''), []);
});

describe('TCP listeners', () => {
  const header = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';

  it('are the sockets in state 0A, with address, port and inode', () => {
    const text =
      `${header}   0: 0100007F:2329 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 55501 1 0 100 0 0 10 0\n` +
      '   1: 0100007F:2329 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1000        0 55502 1 0 20 4 30 10 -1\n';
    assert.deepEqual(parseTcpListeners(text), [{ addressHex: '7f000001', port: 9001, inode: 55501 }]);
  });

  it('of IPv6 have their words turned round', () => {
    const text = `${header}   0: 00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000  0 0 777 1\n`;
    assert.deepEqual(parseTcpListeners(text), [
      { addressHex: '00000000000000000000000000000001', port: 8080, inode: 777 },
    ]);
  });

  it('are none in an empty table', () => assert.deepEqual(parseTcpListeners(header), []));
});

describe('unix listeners', () => {
  const text =
    'Num       RefCount Protocol Flags    Type St Inode Path\n' +
    '0000000000000000: 00000003 00000000 00000000 0001 03 91001 /run/app socket\n' +
    '0000000000000000: 00000002 00000000 00010000 0001 01 91000 /run/app socket\n' +
    '0000000000000000: 00000003 00000000 00000000 0001 03 91002\n';

  it('are found by path, the connected sockets of the same path left out', () => {
    assert.equal(parseUnixListener(text, '/run/app socket'), 91000);
  });

  it('are null for a path nobody listens on', () => assert.equal(parseUnixListener(text, '/run/app'), null));
});

it('a socket link names its inode', () => {
  assert.equal(parseSocketLink('socket:[12345]'), 12345);
  assert.equal(parseSocketLink('pipe:[12345]'), null);
  assert.equal(parseSocketLink('/dev/null'), null);
});
