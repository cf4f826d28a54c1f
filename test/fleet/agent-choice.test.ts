import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { WsurgeError } from '../../src/errors.js';
import { type AgentWish, chooseAgents, notesOnAgents } from '../../src/fleet/agent-choice.js';
import type { AgentInfo } from '../../src/fleet/orders.js';
import { agentWith } from './agent-builder.js';

const wish = (changes: Partial<AgentWish> = {}): AgentWish => ({
  agents: 2,
  labels: {},
  exclude: [],
  version: '1.0.0',
  ...changes,
});

const named = (...names: string[]) => names.map((name) => agentWith({ name }));

function chosen(answers: readonly AgentInfo[], of: AgentWish): readonly AgentInfo[] {
  const result = chooseAgents(answers, of);
  assert.ok(!(result instanceof WsurgeError), result instanceof WsurgeError ? result.message : '');
  return result;
}

function refused(answers: readonly AgentInfo[], of: AgentWish): WsurgeError {
  const result = chooseAgents(answers, of);
  assert.ok(result instanceof WsurgeError);
  assert.equal(result.exitCode, 104);
  return result;
}

const names = (agents: readonly AgentInfo[]) => agents.map(({ name }) => name);
const busy = { kind: 'busy', by: 'ops@desk:4711', run: 'ab12' } as const;

const agent: fc.Arbitrary<Partial<AgentInfo>> = fc.record({
  labels: fc.constantFrom<Record<string, string>>({}, { region: 'eu' }),
  version: fc.constantFrom('1.0.0', '1.0.0', '1.0.0', '1.0.1'),
  state: fc.constantFrom<AgentInfo['state']>({ kind: 'idle' }, { kind: 'idle' }, busy),
  idle: fc.record({ runQueueWait: fc.option(fc.double({ min: 0, max: 1, noNaN: true })), steal: fc.constant(null) }),
});

describe('the agents of a run', () => {
  it('are idle, of one version, as many as asked for, and the same whoever answers first', () => {
    const agents = fc
      .array(agent, { maxLength: 10 })
      .map((all) => all.map((each, i) => agentWith({ ...each, name: `a${i}` })));
    const shuffled = agents.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
    fc.assert(
      fc.property(shuffled, fc.integer({ min: 1, max: 4 }), ([all, others], count) => {
        const result = chooseAgents(all, wish({ agents: count, labels: { region: 'eu' } }));
        const again = chooseAgents(others, wish({ agents: count, labels: { region: 'eu' } }));
        const fit = all.filter(
          (each) => each.state.kind === 'idle' && each.version === '1.0.0' && each.labels['region'] === 'eu',
        );
        if (result instanceof WsurgeError) {
          assert.ok(fit.length < count);
          assert.ok(again instanceof WsurgeError);
          assert.deepEqual(again.problems, result.problems);
          return;
        }
        assert.deepEqual(again, result);
        assert.equal(result.length, count);
        assert.ok(result.every((each) => fit.includes(each)));
        const worst = Math.max(...result.map(({ idle }) => Math.round(100 * (idle.runQueueWait ?? 0))));
        const passedOver = fit.filter((each) => !result.includes(each));
        assert.ok(passedOver.every(({ idle }) => Math.round(100 * (idle.runQueueWait ?? 0)) >= worst));
      }),
    );
  });

  it('are the first by name, where none waits for its processor', () => {
    assert.deepEqual(names(chosen(named('c', 'a', 'b'), wish())), ['a', 'b']);
  });

  it('leave out who waits for a processor without any load, with a note', () => {
    const starved = agentWith({ name: 'a', idle: { runQueueWait: 0.01, steal: 0.21 } });
    const three = [starved, ...named('b', 'c')];
    const chosenOfThree = chosen(three, wish());
    assert.deepEqual(names(chosenOfThree), ['b', 'c']);
    assert.deepEqual(notesOnAgents(chosenOfThree, three, wish()), [
      'agent a is left out: it waits for a processor 21 % of the time without load',
    ]);
    assert.deepEqual(notesOnAgents(chosenOfThree, three, wish({ exclude: ['a'] })), []);
    const two = [starved, ...named('b')];
    assert.deepEqual(notesOnAgents(chosen(two, wish()), two, wish()), [
      'agent a may measure badly: it waits for a processor 21 % of the time without load',
    ]);
  });

  it('are not chosen by noise below a percent', () => {
    const noisy = agentWith({ name: 'a', idle: { runQueueWait: 0.004, steal: null } });
    assert.deepEqual(names(chosen([noisy, ...named('b', 'c')], wish())), ['a', 'b']);
  });

  it('may differ in Node and CPU, which is told', () => {
    const [a, b] = named('a', 'b');
    const other = { ...b!, environment: { ...b!.environment, node: 'v24.1.0', cpu: 'EPYC' } };
    assert.deepEqual(notesOnAgents(chosen([a!, other], wish()), [a!, other], wish()), [
      'the agents differ in their Node: v20.18.0 (a), v24.1.0 (b)',
      'the agents differ in their CPU: Xeon (a), EPYC (b)',
    ]);
  });
});

describe('too few agents', () => {
  it('are listed with the reason why each is no help', () => {
    const answers = [
      ...named('ok', 'out'),
      agentWith({ name: 'busy', state: busy }),
      agentWith({ name: 'old', version: '0.9.0' }),
      agentWith({ name: 'older', version: '0.8.0', protocol: 0 }),
      agentWith({ name: 'us', labels: { region: 'us' } }),
    ].map((each) => (each.name === 'us' ? each : { ...each, labels: { region: 'eu' } }));
    const error = refused(answers, wish({ exclude: ['out'], labels: { region: 'eu' } }));
    assert.equal(error.code, 'too_few_agents');
    assert.equal(error.message, '2 agents are asked for; 6 answer, 1 can be used');
    assert.equal(error.next, 'mend what is listed, or use --agents 1, or wait for them: --agents-wait 60s');
    assert.deepEqual(error.problems, [
      { where: 'agent busy', message: 'is busy: ops@desk:4711 has it for run ab12' },
      { where: 'agent old', message: 'is wsurge 0.9.0, not 1.0.0', hint: 'install wsurge 1.0.0 there' },
      { where: 'agent older', message: 'speaks protocol 0 (wsurge 0.8.0), not 1', hint: 'install wsurge 1.0.0 there' },
      { where: 'agent out', message: 'is excluded by --exclude-agent' },
      { where: 'agent us', message: 'has region=us, not region=eu' },
      { where: 'agent ok', message: 'is idle' },
    ]);
  });

  it('are listed once for all of which the same is to be said', () => {
    const error = refused(
      [...named('a', 'b', 'c', 'd', 'e'), agentWith({ name: 'f', state: busy })],
      wish({ agents: 7 }),
    );
    assert.deepEqual(error.problems, [
      { where: 'agent f', message: 'is busy: ops@desk:4711 has it for run ab12' },
      { where: 'agents a, b, c and 2 more', message: 'are idle' },
    ]);
  });

  it('may be none at all', () => {
    const error = refused([], wish({ agents: 1 }));
    assert.equal(error.message, 'no agent answers, and 1 is asked for');
    assert.match(error.next!, /wsurge agent --nats URL/);
  });

  it('are those with the name of another one', () => {
    const error = refused([agentWith({ name: 'a', id: 'a-1' }), agentWith({ name: 'a', id: 'a-2' })], wish());
    assert.match(error.problems[1]!.message, /has a name that another agent has, too \(a-2\)/);
  });

  it('have no label', () => {
    const error = refused(named('a'), wish({ agents: 1, labels: { region: 'eu' } }));
    assert.equal(error.problems[0]!.message, 'has no label region, not region=eu');
    assert.equal(error.next, 'start 1 more agent, or wait for them: --agents-wait 60s');
  });
});
