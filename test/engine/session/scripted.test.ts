import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Wire } from '../../../src/dialect/wire.js';
import { Scripted, type ScriptedOptions } from '../../../src/engine/session/scripted.js';
import { C } from '../../../src/metrics/counters.js';
import type { AnyScript } from '../../../src/script/life.js';
import { ManualClock } from '../manual-clock.js';

const port = { send: () => undefined, left: () => undefined };

/** The script of a worker with every second connection of the cell, and what it noted. */
function scriptedOf(script: AnyScript, more: Partial<ScriptedOptions> = {}) {
  const clock = new ManualClock();
  const noted: string[] = [];
  const requests = Object.entries(script.requests ?? {}).map(([name, { fresh = false }]) => ({
    ...{ name, weight: 1, send: '', expect: null, captures: [], built: { fresh } },
  }));
  const scripted = new Scripted({
    ...{ script, clock, isNumbered: true, shard: { env: {}, worker: 1, workers: 2 } },
    wire: { requests, rules: [] } as unknown as Wire,
    recorder: {
      script: {
        asked: (name, us) => noted.push(`asked ${name} ${us}`),
        heard: (name, means) => noted.push(`heard ${name} ${means}`),
      },
      error: (phase, code, said) => noted.push(`${phase} ${code}: ${said}`),
    },
    end: (connection) => noted.push(`end ${connection}`),
    ...more,
  });
  const open = async (connection: number) => {
    const life = scripted.begin(connection, { connection: 1 + 2 * connection, env: {}, row: undefined }, port);
    await scripted.open(connection, life, {});
    return life;
  };
  return { scripted, noted, clock, open };
}

const ask = (build: (sequence: number) => object, fresh = false): AnyScript => ({
  requests: { ask: { build: (_, m) => build(m.sequence), fresh } },
});

describe('what a script builds on the connections of a worker', () => {
  test('is built once a life, under the number that the connection has in the cell', async () => {
    let calls = 0;
    const { scripted, open } = scriptedOf({
      requests: {
        ask: {
          build: (chat, m) => {
            calls++;
            return { c: chat.connection, id: m.sequence };
          },
        },
      },
    });
    await open(2);
    const outline = scripted.outline(5, 0)!;
    assert.equal(outline.bytes.toString(), '{"c":5,"id":1234567890}');
    assert.deepEqual([outline.sequenceAt, calls], [[12], 2]);
    assert.equal(scripted.outline(5, 0), outline);
    await open(2);
    assert.notEqual(scripted.outline(5, 0), outline, 'another life');
    assert.equal(calls, 4);
  });

  test('is bounded; what a life before took is free again', async () => {
    const size = JSON.stringify({ id: 1234567890, filler: 'x'.repeat(50) }).length;
    const script = ask((id) => ({ id, filler: 'x'.repeat(50) }));
    const { open } = scriptedOf(script, { mostBytes: 2 * size });
    await open(0);
    await open(1);
    await assert.rejects(open(2), { code: 'script_build', message: /take more than .*say `fresh: true`/ });
    await open(1);
    await assert.rejects(open(2), { code: 'script_build' }, 'what was refused counts no more');
  });

  test('fresh: what throws is noted once each time, and ends the connection after the tick', async () => {
    let fails = false;
    const { scripted, noted, clock, open } = scriptedOf(
      ask((id) => {
        if (fails) throw new Error('oh');
        return { id };
      }, true),
    );
    await open(0);
    assert.equal(scripted.outline(1, 0), null);
    assert.equal(scripted.fresh(1, 0, 1_000_000_007)!.toString(), '{"id":1000000007}');
    fails = true;
    assert.equal(scripted.fresh(1, 0, 1_000_000_009), null);
    assert.equal(noted.length, 1);
    assert.match(noted[0]!, /^open script_build: build of ask threw at \S+: oh$/);
    await clock.runUntil(clock.nowUs() + 1);
    assert.equal(noted[1], 'end 0');
  });

  test('a connection that has a new life by then is not ended', async () => {
    const { scripted, noted, clock, open } = scriptedOf({ onFrame: () => 'fail' });
    await open(0);
    assert.equal(scripted.hear(0, Buffer.from('{}'), 0, 2), C.unexpected);
    await open(0);
    await clock.runUntil(clock.nowUs() + 1);
    assert.deepEqual(noted, [`open script_fail: onFrame says 'fail' of {}`]);
  });
});

describe('what the profile needs of the session of a script', () => {
  const NEEDS = {
    requests: [
      { name: 'a', send: '{"u":{{v0:session.u}}}', captures: [] },
      { name: 'b', send: '{"x":{{v0:session.brought}}}', captures: [{ name: 'brought', path: [] }] },
    ],
    rules: [{ name: 'r', send: 'pong {{session.p}}' }],
  } as unknown as Wire;
  const opened = (session: Record<string, unknown>) => {
    const script: AnyScript = {
      async open(chat) {
        Object.assign(chat.session, session);
      },
    };
    const { scripted } = scriptedOf(script, { wire: NEEDS });
    const life = scripted.begin(0, { connection: 1, env: {}, row: undefined }, port);
    return scripted.open(0, life, {});
  };

  test('is copied; what nothing needs may be anything', async () => {
    const u = { list: [1] };
    const other = () => 1;
    const values = await opened({ u, p: 7, other });
    u.list.push(2);
    assert.deepEqual(values, { u: { list: [1] }, p: 7, other });
  });

  const round: Record<string, unknown> = {};
  round['self'] = round;
  const deep = JSON.parse(`${'['.repeat(1000)}${']'.repeat(1000)}`) as unknown;
  const boom = {
    toJSON() {
      throw new Error('boom');
    },
  };
  for (const [what, session, says] of [
    ['unset', { p: 1 }, /^open has set no chat\.session\.u, which request a needs$/],
    ['unset for a rule', { u: 1 }, /^open has set no chat\.session\.p, which rule r needs$/],
    ['circular', { u: round, p: 1 }, /^chat\.session\.u, which request a needs, is no JSON: Converting circular/],
    ['a BigInt', { u: 1n, p: 1 }, /is no JSON: Do not know how to serialize a BigInt$/],
    ['a function', { u: () => 1, p: 1 }, /is no JSON: it is a function$/],
    ['one that throws', { u: boom, p: 1 }, /is no JSON: boom$/],
    ['too deep', { u: deep, p: 1 }, /is nested too deeply to be sent$/],
  ] as const) {
    test(`${what}: the connection does not open`, async () => {
      await assert.rejects(opened(session), { code: 'script_session', message: says });
    });
  }
});

test('a message is counted as the script says, and read in place', async () => {
  const { scripted, noted, open } = scriptedOf({
    onFrame: (chat, { n }) => (n === 1 ? 'one' : n === 2 ? chat.send({}) : undefined),
  });
  await open(0);
  const read = Buffer.from('xx{"n":1}{"n":2}{"n":3}');
  assert.deepEqual(
    [2, 9, 16].map((start) => scripted.hear(0, read, start, start + 7)),
    [C.counted, C.duties, C.unexpected],
  );
  assert.deepEqual(noted, ['heard one count', 'heard onFrame duty']);
  assert.equal(scripted.hear(7, read, 2, 9), C.unexpected, 'no life there');
});
