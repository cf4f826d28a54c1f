import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { here, type Place, refusedLoopback, sharesLoopback } from '../../src/fleet/same-loopback.js';
import { loopbackId } from '../../src/machine/loopback.js';
import { agentWith } from './agent-builder.js';

const HERE: Place = { loopback: 'a', host: 'box' };
const named = (name: string, loopback: string | null, host = 'elsewhere') => {
  const { environment } = agentWith();
  return agentWith({ name, loopback, environment: { ...environment, host } });
};

describe('the loopback of this machine', () => {
  it('is that of an agent with the same identity, whatever the host is called', () => {
    assert.ok(sharesLoopback(named('x', 'a'), HERE));
    assert.ok(!sharesLoopback(named('x', 'b', 'box'), HERE), 'a network namespace of the same host');
  });

  it('is known by the name of the host where a system does not tell', () => {
    assert.ok(sharesLoopback(named('x', null, 'box'), HERE));
    assert.ok(!sharesLoopback(named('x', null), HERE));
    assert.ok(sharesLoopback(named('x', 'b', 'box'), { ...HERE, loopback: null }));
  });

  it('is no place for a target of agents that are elsewhere, who are named', () => {
    const refused = (...agents: Parameters<typeof refusedLoopback>[1]) =>
      refusedLoopback('the target ws://127.0.0.1:1/', agents, HERE, 'name it otherwise');
    assert.equal(refused(named('one', 'a')), null);
    const one = refused(named('one', 'a'), named('two', 'b'))!;
    assert.deepEqual([one.exitCode, one.next], [104, 'name it otherwise']);
    assert.equal(
      one.message,
      'the target ws://127.0.0.1:1/ is on the loopback of this machine, and agent two is elsewhere',
    );
    const many = refused(...['b', 'c', 'd', 'e', 'f'].map((id) => named(id, id)))!;
    assert.match(many.message, /agents b, c, d and 2 more are elsewhere$/);
  });

  it('has the same identity for all who ask on it, which tells nothing else', () => {
    assert.equal(here().loopback, loopbackId());
    if (process.platform === 'linux') assert.match(loopbackId()!, /^[0-9a-f]{16}$/);
  });
});
