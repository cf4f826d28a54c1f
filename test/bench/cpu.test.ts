import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { coresOf, parseMachineCpu, parseWaitedCpu } from '../../bench/cpu.js';

describe('CPU from /proc', () => {
  it('of ended children stands behind the own in /proc/PID/stat, whatever the name', () => {
    const stat = '42 (a ) (name) S 1 42 42 0 -1 4194560 1 2 3 4 11 12 250 75 20 0 9 0 1234 0 0';
    assert.deepEqual(parseWaitedCpu(stat), { userSeconds: 2.5, systemSeconds: 0.75 });
    assert.equal(parseWaitedCpu(''), null);
    assert.equal(parseWaitedCpu('42 (x) S 1'), null);
  });

  it('of the machine is all but idle time, waiting and what the hypervisor took', () => {
    assert.equal(parseMachineCpu('cpu  100 20 30 9999 777 2 3 444 0 0\ncpu0 1 1 1 1 1 1 1\n'), 1.55);
    assert.equal(parseMachineCpu('cpu0 1 1 1 1 1 1 1\n'), null);
    assert.equal(parseMachineCpu('cpu  100 20\n'), null);
  });

  it('over a window becomes shares of a core', () => {
    const window = { seconds: 2, userSeconds: 0.5, systemSeconds: 1, serverSeconds: 0.2, othersSeconds: null };
    assert.deepEqual(coresOf(window), { clientCores: 0.75, serverCores: 0.1, othersCores: null });
  });
});
