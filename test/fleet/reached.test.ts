import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EXIT, WsurgeError } from '../../src/errors.js';
import { Refused } from '../../src/fleet/member.js';
import type { Reached } from '../../src/fleet/orders.js';
import { wayOfAll } from '../../src/fleet/reached.js';
import { refusedByAgents } from '../../src/fleet/refused.js';
import { shardWith } from './agent-fixture.js';

const ENDPOINT = { ...shardWith().endpoint, headers: { Authorization: 'Bearer x', Origin: 'https://app' } };
const CANARY = { tcpUs: 1, tlsUs: null, upgradeUs: 2, sessionUs: null, replyUs: 3, requests: null, subprotocol: '' };

const reachedWith = (changes: Partial<Reached> = {}): Reached => ({
  ...{ addresses: ['10.0.0.7'], redirects: [], canary: CANARY, notes: [] },
  ...changes,
});

const answers = (...reached: unknown[]) => reached.map((each, i) => ({ agent: `a${i}`, reached: each }));

function thrown(act: () => unknown): WsurgeError {
  try {
    act();
  } catch (error) {
    assert.ok(error instanceof WsurgeError, String(error));
    return error;
  }
  return assert.fail('nothing was thrown');
}

describe('the way of all agents', () => {
  it('is where they were told to go, with all addresses and each canary by its name', () => {
    const way = wayOfAll(answers(reachedWith(), reachedWith({ addresses: ['10.0.0.8', '10.0.0.7'] })), ENDPOINT);
    assert.equal(way.endpoint, ENDPOINT);
    assert.deepEqual(way.addresses, ['10.0.0.7', '10.0.0.8']);
    assert.deepEqual(
      way.canaries.map(({ agent, report }) => [agent, report.replyUs]),
      [
        ['a0', 3],
        ['a1', 3],
      ],
    );
  });

  it('is where redirects lead, and what another origin does not get is decided here', () => {
    const redirects = ['/again', 'https://other.local/there'];
    const way = wayOfAll(answers(reachedWith({ redirects }), reachedWith({ redirects })), ENDPOINT);
    assert.equal(way.endpoint.url, 'wss://other.local/there');
    assert.deepEqual(way.endpoint.headers, { Origin: 'https://app' });
    assert.deepEqual(
      way.hops.map(({ dropped }) => dropped),
      [[], ['Authorization']],
    );
  });

  it('is none where redirects lead to different places, or where none may be followed', () => {
    const scattered = answers(reachedWith({ redirects: ['/eu'] }), reachedWith({ redirects: ['/us?key=s3cret'] }));
    const error = thrown(() => wayOfAll(scattered, ENDPOINT));
    assert.deepEqual([error.exitCode, error.code], [104, 'redirects_differ']);
    assert.deepEqual(
      error.problems.map(({ where, message }) => [where, message]),
      [
        ['agent a0', 'is led to ws://bench.local:9001/eu'],
        ['agent a1', 'is led to ws://bench.local:9001/us?key=***'],
      ],
    );
    const circle = thrown(() => wayOfAll(answers(reachedWith({ redirects: [ENDPOINT.url] })), ENDPOINT));
    assert.equal(circle.exitCode, 103);
  });

  it('tells each note once, with the agents that have it', () => {
    const [one, other] = [reachedWith({ notes: ['two addresses', 'a proxy'] }), reachedWith({ notes: ['a proxy'] })];
    const { notes } = wayOfAll(answers(one, other, reachedWith()), ENDPOINT);
    assert.deepEqual(notes, ['agent a0: two addresses', 'agents a0, a1: a proxy']);
  });

  it('is not made of what is no answer', () => {
    const wrong = [
      null,
      {},
      reachedWith({ addresses: [1] as never }),
      reachedWith({ redirects: 'x' as never }),
      reachedWith({ notes: [{}] as never }),
      reachedWith({ canary: null as never }),
      reachedWith({ canary: { ...CANARY, tcpUs: 'x' } as never }),
      reachedWith({ canary: { ...CANARY, requests: {} } as never }),
      reachedWith({ canary: { ...CANARY, subprotocol: '\x1b[2J' } }),
    ];
    for (const value of wrong) {
      assert.equal(thrown(() => wayOfAll(answers(value), ENDPOINT)).code, 'bad_answer', JSON.stringify(value));
    }
  });
});

describe('agents that refuse', () => {
  const refusal = (agent: string, exit: number, message: string, next: string | null = 'do this') =>
    new Refused(agent, { error: { code: 'c', message, next, exit: exit as never } });

  it('for one reason are told once, with its exit code', () => {
    const refused = ['one', 'two', 'three', 'four'].map((agent) => refusal(agent, EXIT.unreachable, 'no way'));
    const error = refusedByAgents(refused);
    assert.deepEqual(
      [error.exitCode, error.message, error.next],
      [103, 'agents four, one, three and 1 more: no way', 'do this'],
    );
    assert.equal(refusedByAgents(refused.slice(0, 1)).message, 'agent one: no way');
  });

  it('for several reasons are a list, and end with 104 unless all say the same', () => {
    const unreachable = [refusal('one', 103, 'no way'), refusal('two', 103, 'timeout')];
    const error = refusedByAgents(unreachable);
    assert.deepEqual([error.exitCode, error.message], [103, '2 agents refuse this run']);
    assert.deepEqual(error.problems[1], { where: 'agent two', message: 'timeout', hint: 'do this' });
    assert.equal(refusedByAgents([...unreachable, refusal('three', 104, 'not allowed', null)]).exitCode, 104);
  });

  it('with an exit code that is none, or success, end with 104', () => {
    for (const exit of [0, 7, undefined, '103']) {
      assert.equal(refusedByAgents([refusal('one', exit as never, 'x')]).exitCode, 104, `${exit}`);
    }
  });
});
