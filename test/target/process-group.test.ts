import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ProcessGroup } from '../../src/target/process-group.js';
import { FakeProc } from '../machine/proc/proc-fixture.js';

describe('a process group is gone', () => {
  function started(): { proc: FakeProc; group: ProcessGroup } {
    const proc = new FakeProc();
    proc.setProcess({ pid: 50, parent: 1 });
    proc.setProcess({ pid: 99, parent: 1 });
    return { proc, group: new ProcessGroup(50, proc) };
  }

  it('when its leader is, others notwithstanding', async () => {
    const { proc, group } = started();
    assert.equal(await group.gone(0), false);
    proc.end(50);
    assert.equal(await group.gone(0), true);
  });

  it('only when its members are, the leader notwithstanding', async () => {
    const { proc, group } = started();
    proc.setProcess({ pid: 51, parent: 50, group: 50 });
    proc.end(50);
    assert.equal(await group.gone(0), false);
    proc.end(51);
    assert.equal(await group.gone(0), true);
  });

  it('only when descendants are that left it, once they were seen', async () => {
    const { proc, group } = started();
    proc.setProcess({ pid: 52, parent: 50, group: 52 });
    assert.equal(await group.gone(0), false);
    proc.end(50);
    proc.setProcess({ pid: 52, parent: 1, group: 52 });
    assert.equal(await group.gone(0), false);
    proc.end(52);
    assert.equal(await group.gone(0), true);
  });

  it('when only zombies are left of it', async () => {
    const { proc, group } = started();
    proc.setProcess({ pid: 51, parent: 1, group: 50, state: 'Z' });
    proc.end(50);
    assert.equal(await group.gone(0), true);
  });

  it('when its pids belong to strangers by now', async () => {
    const { proc, group } = started();
    assert.equal(await group.gone(0), false);
    proc.setProcess({ pid: 50, parent: 1, start: 9999 });
    proc.setProcess({ pid: 53, parent: 50, group: 50 });
    assert.equal(await group.gone(0), true);
  });
});
