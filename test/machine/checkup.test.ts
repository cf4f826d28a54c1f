import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkup, shortfalls } from '../../src/machine/checkup.js';
import { quotaOf } from '../../src/machine/cores.js';
import { type Machine, parseTimeWait, readMachine } from '../../src/machine/machine.js';

const ROOMY: Machine = {
  openFiles: 65_536,
  openFilesHard: 65_536,
  ephemeralPorts: { from: 32_768, to: 60_999 },
  somaxconn: 4096,
  timeWait: 12,
  reusesTimeWait: true,
  conntrack: { count: 10, max: 262_144 },
  cores: 8,
  quotaCores: null,
  memoryBytes: 16e9,
  memoryIsLimited: false,
  clockSource: 'tsc',
};
const LOAD = { connections: 10_000, workers: 4 };

function low(changes: Partial<Machine>, load = LOAD): string[] {
  return checkup({ ...ROOMY, ...changes }, load).flatMap(({ name, state }) => (state === 'low' ? [name] : []));
}

describe('a check-up of a machine', () => {
  it('finds nothing on a roomy one', () => {
    assert.deepEqual(low({}), []);
    for (const { fix } of checkup(ROOMY, LOAD)) assert.equal(fix, null);
  });

  it('finds each thing that is not enough, just past its edge, with the line that mends it', () => {
    const edges: readonly [string, Partial<Machine>, Partial<Machine>, RegExp][] = [
      ['file descriptors', { openFiles: 10_164 }, { openFiles: 10_163 }, /^ulimit -n 65536/],
      ['somaxconn', { somaxconn: 1024 }, { somaxconn: 1023 }, /^sysctl -w net\.core\.somaxconn=4096/],
      [
        'TIME_WAIT',
        { reusesTimeWait: false, timeWait: 18_232 },
        { reusesTimeWait: false, timeWait: 18_233 },
        /tcp_tw_reuse=1/,
      ],
      [
        'conntrack',
        { conntrack: { count: 0, max: 10_000 } },
        { conntrack: { count: 1, max: 10_000 } },
        /nf_conntrack_max=32768/,
      ],
      ['cores', { cores: 3 }, { cores: 2 }, /another machine/],
      ['cgroup CPU', { quotaCores: 8 }, { quotaCores: 7.5 }, /--cpus 8/],
      ['memory', { memoryBytes: 1e9 }, { memoryBytes: 999e6, memoryIsLimited: true }, /--memory 1g/],
      ['clock source', { clockSource: 'kvm-clock' }, { clockSource: 'acpi_pm' }, /tsc/],
    ];
    for (const [name, within, past, fix] of edges) {
      assert.deepEqual(low(within), [], name);
      assert.deepEqual(low(past), [name]);
      assert.match(checkup({ ...ROOMY, ...past }, LOAD).find((check) => check.name === name)!.fix ?? '', fix);
    }
  });

  it('counts the cores that the cgroup grants, as a run does', () => {
    const cores = (part: Partial<Machine>) =>
      checkup({ ...ROOMY, ...part }, LOAD).find(({ name }) => name === 'cores')!;
    assert.deepEqual(
      [cores({ cores: 8, quotaCores: 3.5 }).state, cores({ cores: 8, quotaCores: 2.9 }).state],
      ['ok', 'low'],
    );
    assert.equal(cores({ cores: 8, quotaCores: 2.9 }).found, '2 of 8 (quota of the cgroup)');
    assert.equal(cores({ cores: 8, quotaCores: 0.3 }).found, '1 of 8 (quota of the cgroup)');
    assert.equal(cores({ cores: 8, quotaCores: 16 }).found, '8');
  });

  it('warns a run of what no limit of the system refuses it for', () => {
    assert.deepEqual(shortfalls(ROOMY, LOAD), []);
    const tight = { ...ROOMY, openFiles: 10, somaxconn: 1, cores: 1, clockSource: 'acpi_pm', quotaCores: 0.5 };
    assert.deepEqual(shortfalls(tight, LOAD), [], 'refused already, or true of every run on this machine');
    const full = {
      ...ROOMY,
      memoryBytes: 5e8,
      conntrack: { count: 9, max: 10 },
      reusesTimeWait: false,
      timeWait: 28_000,
    };
    assert.deepEqual(
      shortfalls(full, LOAD).map((text) => text.replace(/,.*/, '')),
      ['TIME_WAIT', 'conntrack', 'memory'],
    );
    assert.match(shortfalls(full, LOAD)[1]!, /10,000 here; sysctl -w .*=32768 \(wsurge doctor\)$/);
  });

  it('asks for further addresses where the ports of one are used up', () => {
    const load = { connections: 60_000, workers: 4 };
    const machine = { ...ROOMY, openFiles: null, cores: 64, conntrack: null };
    const ports = checkup(machine, load).find(({ name }) => name === 'local ports')!;
    assert.equal(ports.state, 'low');
    assert.match(ports.fix ?? '', /localAddresses: \[127\.0\.0\.2-127\.0\.0\.4\]$/);
  });

  it('does not take what is not told for enough', () => {
    const dumb = {
      ...ROOMY,
      openFiles: null,
      ephemeralPorts: null,
      somaxconn: null,
      timeWait: null,
      clockSource: null,
    };
    const unknown = checkup(dumb, LOAD).filter(({ state }) => state === 'unknown');
    assert.equal(unknown.length, 5);
  });

  it('reads this machine, and the files of both cgroup versions', () => {
    const machine = readMachine();
    assert.ok(machine.cores >= 1 && machine.memoryBytes > 0);
    const quota = (v2: string | null, v1Quota: string | null = null) => quotaOf({ v2, v1Quota, v1Period: '100000\n' });
    assert.equal(quota('max 100000\n'), null);
    assert.equal(quota('150000 100000\n'), 1.5);
    assert.equal(quota(null, '50000\n'), 0.5);
    assert.equal(quota(null, '-1\n'), null);
    assert.equal(parseTimeWait('TCP: inuse 9 orphan 0 tw 29 alloc 9 mem 0\n'), 29);
  });
});
