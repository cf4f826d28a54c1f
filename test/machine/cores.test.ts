import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { quotaCores, usableCores } from '../../src/machine/cores.js';

const machine = (files: Readonly<Record<string, string>>) => (file: string) => files[file] ?? null;

describe('the cores that workers are made for', () => {
  it('are those of a container, not of its machine: cgroups v2', () => {
    const docker = machine({ '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': '200000 100000\n' });
    assert.equal(usableCores(64, docker), 2);
    const fraction = machine({ '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': '50000 100000\n' });
    assert.equal(usableCores(64, fraction), 1);
    assert.equal(quotaCores(fraction), 0.5);
    const free = machine({ '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': 'max 100000\n' });
    assert.equal(usableCores(64, free), 64);
  });

  it('are the least that any group around has: a slice, a service in it', () => {
    const service = {
      '/proc/self/cgroup': '0::/load.slice/wsurge.service\n',
      '/sys/fs/cgroup/load.slice/wsurge.service/cpu.max': 'max 100000',
      '/sys/fs/cgroup/load.slice/cpu.max': '350000 100000',
    };
    assert.equal(usableCores(16, machine(service)), 3);
    const tighter = { ...service, '/sys/fs/cgroup/load.slice/wsurge.service/cpu.max': '120000 100000' };
    assert.equal(usableCores(16, machine(tighter)), 1);
  });

  it('are those of cgroups v1, by either name of the folder, nested or not', () => {
    const v1 = (folder: string, at: string, quota: string) =>
      machine({
        '/proc/self/cgroup': '5:memory:/a\n4:cpu,cpuacct:/docker/abc\n',
        [`/sys/fs/cgroup/${folder}${at}/cpu.cfs_quota_us`]: quota,
        [`/sys/fs/cgroup/${folder}${at}/cpu.cfs_period_us`]: '100000',
      });
    assert.equal(usableCores(8, v1('cpu', '', '400000')), 4);
    assert.equal(usableCores(8, v1('cpu,cpuacct', '/docker/abc', '300000')), 3);
    assert.equal(usableCores(8, v1('cpu', '', '-1')), 8);
  });

  it('are those of the machine where nothing limits them, and never more than those', () => {
    assert.equal(usableCores(4, machine({})), 4);
    assert.equal(usableCores(4, machine({ '/sys/fs/cgroup/cpu.max': '900000 100000' })), 4);
    const outside = machine({ '/proc/self/cgroup': '0::/../../x\n', '/sys/fs/cgroup/cpu.max': '200000 100000' });
    assert.equal(usableCores(8, outside), 2);
  });
});
