/** What came that is no reply, or several in a frame: credited to nobody, counted one by one, or said to be unknown. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CellResult } from '../../src/metrics/cell-result.js';
import type { Cell } from '../../src/plan/cell.js';
import { gatesOf } from '../../src/verdict/gates.js';
import { concurrencyNotes } from '../../src/verdict/notes.js';
import { judgeCell } from '../../src/verdict/validity.js';
import { cellWith } from '../plan/cell-builder.js';
import type { Answer } from './fake-server.js';
import { runEngine } from './run-engine.js';

const messages = (result: CellResult) => result.flows[0]!.messages;
const reply = (changes: Partial<Cell['reply']>): Cell['reply'] => ({
  ...{ match: 'sequence', field: 'sequence', echo: { kind: 'full' }, timeoutMs: 1000 },
  ...changes,
});
const inOrder = (changes: Partial<Cell> = {}) =>
  cellWith({ reply: reply({ match: 'order', echo: { kind: 'none' } }), ...changes });
const text = (bytes: string) => Buffer.from(bytes);

async function assertUnsure(cell: Cell, answer: () => Answer[]): Promise<void> {
  const { result } = await runEngine(cell, { answer });
  assert.deepEqual(result.laws, []);
  assert.equal(result.flows[0]!.latencyUs.service, null);
  assert.equal(result.flows[0]!.latencyUs.response, null);
  assert.ok(result.seconds.every(({ p50 }) => p50 === null));
  const { validity, reasons } = judgeCell(result, []);
  assert.equal(validity, 'invalid');
  const reason = reasons.find(({ code }) => code === 'replies_unsure');
  assert.match(reason!.message, /nobody asked for/);
  assert.equal(gatesOf(result).find(({ gate }) => gate === 'unexpected')!.passed, false);
}

describe('matched by order, messages that nobody asked for', () => {
  const withNotice = () => [
    { afterMs: 20, bytes: text('{"type":"notice"}') },
    { afterMs: 200, bytes: text('{}') },
  ];

  test('beside each reply: no latency, no pass', () =>
    assertUnsure(inOrder({ connections: { from: 1, to: 1 }, rate: { from: 2, to: 2 } }), withNotice));

  test('in a closed loop, where each would set off the next message', () =>
    assertUnsure(
      inOrder({ model: 'closed', rate: null, connections: { from: 2, to: 2 }, warmupMs: 0, durationMs: 600 }),
      withNotice,
    ));

  test('once, while something is always in flight: found when the rest has come', async () => {
    let sent = 0;
    const cell = inOrder({ connections: { from: 1, to: 1 }, rate: { from: 20, to: 20 } });
    await assertUnsure(cell, () => (sent++ === 3 ? withNotice() : [{ afterMs: 200, bytes: text('{}') }]));
  });

  test('in the warm-up alone', async () => {
    let sent = 0;
    const cell = inOrder({ connections: { from: 1, to: 1 }, rate: { from: 2, to: 2 } });
    await assertUnsure(cell, () => (sent++ === 0 ? withNotice() : [{ afterMs: 200, bytes: text('{}') }]));
  });

  test('none: latency is given, and the gate holds', async () => {
    const { result } = await runEngine(inOrder(), { answer: () => [{ afterMs: 5, bytes: text('{}') }] });
    assert.equal(Math.round(result.flows[0]!.latencyUs.service!.p50! / 100), 50);
    assert.equal(gatesOf(result).find(({ gate }) => gate === 'unexpected')!.passed, true);
  });
});

test('matched by sequence, what nobody asked for is told apart, and noted', async () => {
  const answer = (_: number, bytes: Buffer) => [
    { afterMs: 1, bytes: text('{"type":"notice"}') },
    { afterMs: 5, bytes },
  ];
  const { result } = await runEngine(cellWith(), { answer });
  assert.deepEqual([messages(result).answered, messages(result).unexpected], [200, 200]);
  assert.equal(Math.round(result.flows[0]!.latencyUs.service!.p50! / 100), 50);
  assert.match(
    concurrencyNotes([{ ...result, validity: 'valid' }])
      .map(({ text }) => text)
      .join(),
    /200 messages came that nobody asked for/,
  );
});

describe('numbers of ten digits that are none of ours', () => {
  const sequenceIn = (bytes: Buffer) => (JSON.parse(bytes.toString()) as { sequence: number }).sequence;
  const answered = async (say: (sequence: number) => string) => {
    const cell = cellWith({ reply: reply({ echo: { kind: 'none' } }) });
    const answer = (_: number, bytes: Buffer) => [{ afterMs: 5, bytes: text(say(sequenceIn(bytes))) }];
    const { result } = await runEngine(cell, { answer });
    assert.deepEqual(result.laws, []);
    return [messages(result).answered, messages(result).lost, messages(result).misdelivered];
  };

  test('a time before the number', async () =>
    assert.deepEqual(await answered((n) => `{"ts":1764422400,"id":${n}}`), [200, 0, 0]));
  test('a time under the name of the field, the number elsewhere', async () =>
    assert.deepEqual(await answered((n) => `{"sequence":1764422400,"id":${n}}`), [200, 0, 0]));
  test('the number of the message before, quoted first', async () =>
    assert.deepEqual(await answered((n) => `{"after":${n - 10},"id":${n}}`), [200, 0, 0]));
  test('two times around it, in plain text', async () =>
    assert.deepEqual(await answered((n) => `in 1764422400 out 1764422401: ${n} ok`), [200, 0, 0]));
  test('a time in what nobody asked for is nobody else’s reply', async () => {
    const answer = (_: number, bytes: Buffer) => [
      { afterMs: 1, bytes: text('{"t":1764422400}') },
      { afterMs: 5, bytes },
    ];
    const { result } = await runEngine(cellWith({ connections: { from: 40, to: 40 } }), { answer });
    assert.deepEqual([messages(result).unexpected, messages(result).misdelivered], [200, 0]);
  });
});

describe('several replies in one frame', () => {
  const fast = cellWith({ connections: { from: 1, to: 1 }, rate: { from: 500, to: 500 }, reply: reply({}) });
  const join = async (cell: Cell, joined: (waiting: Buffer[]) => string) => {
    let waiting: Buffer[] = [];
    const { result } = await runEngine(cell, {
      answer: (_, bytes) => {
        waiting.push(bytes);
        if (waiting.length < 5) return [];
        const frame = text(joined(waiting));
        waiting = [];
        return [{ afterMs: 2, bytes: frame }];
      },
    });
    assert.deepEqual(result.laws, []);
    return result;
  };
  const assertEach = (result: CellResult) => {
    const { answered, lost, corrupted, unexpected } = messages(result);
    assert.deepEqual([answered, lost, corrupted, unexpected], [1000, 0, 0, 0]);
    assert.match(
      concurrencyNotes([{ ...result, validity: 'valid' }])
        .map(({ text }) => text)
        .join(),
      /several in one frame/,
    );
  };

  test('lines', async () => assertEach(await join(fast, (waiting) => waiting.join('\n'))));
  test('a JSON array', async () => assertEach(await join(fast, (waiting) => `[${waiting.join(', ')}]`)));
  test('one behind the other', async () => assertEach(await join(fast, (waiting) => waiting.join(''))));
  test('a record separator behind each', async () =>
    assertEach(await join(fast, (waiting) => waiting.map((bytes) => `${bytes}\x1e`).join(''))));
  test('in an object around them', async () =>
    assertEach(await join(fast, (waiting) => `{"batch":[${waiting.join(',')}]}`)));
  test('an array of JSON written anew', async () =>
    assertEach(
      await join(fast, (waiting) => JSON.stringify(waiting.map((bytes) => ({ at: 1, ...JSON.parse(`${bytes}`) })))),
    ));
  test('a notice among the lines is not taken for a reply', async () => {
    const result = await join(fast, (waiting) => `${waiting.join('\n')}\n{"type":"notice"}\n`);
    assert.deepEqual(
      [messages(result).answered, messages(result).corrupted, messages(result).unexpected],
      [1000, 0, 200],
    );
  });
  test('matched by order: lines of JSON each answer one', async () => {
    const cell = { ...fast, reply: reply({ match: 'order', echo: { kind: 'none' } }) };
    const result = await join(cell, (waiting) => waiting.map(() => '{"ok":true}').join('\n'));
    assert.deepEqual([messages(result).answered, messages(result).lost], [1000, 0]);
  });
  test('matched by order: an array may be one reply, so what is unanswered is no proof', async () => {
    const cell = { ...fast, reply: reply({ match: 'order', echo: { kind: 'none' } }) };
    const result = await join(cell, (waiting) => `[${waiting.map(() => '{"ok":true}').join(',')}]`);
    const { validity, reasons } = judgeCell(result, []);
    assert.equal(validity, 'invalid');
    assert.match(reasons[0]!.message, /frames may have held several replies/);
    assert.ok(reasons.every(({ side }) => side !== 'target'));
  });
  test('a message that has several lines itself is one', async () => {
    const template = '{\n "sequence": {{sequence}},\n "lines": [{"a":1},{"a":2}]\n}';
    const { result } = await runEngine(cellWith({ message: { ...fast.message, template } }), {});
    assert.deepEqual([messages(result).answered, messages(result).corrupted, result.bundled], [200, 0, undefined]);
  });
});

describe('what comes outside the measured time is not of it', () => {
  const pushing = async (cell: Cell, perSecond: number) =>
    await runEngine(cell, {}, ({ clock, server }) => {
      let left = 4 * perSecond;
      const push = () => {
        if (left-- === 0) return;
        for (const connection of server.connections) connection?.deliver(text('{"price":1}'));
        clock.after(1000 / perSecond, push);
      };
      push();
    });

  test('listening: exactly what came in the measured time, in each second', async () => {
    for (const warmupMs of [0, 500, 1000]) {
      const { result } = await pushing(cellWith({ model: 'listen', rate: null, warmupMs }), 100);
      assert.equal(messages(result).received, 10 * 200, `warm-up ${warmupMs}`);
      const measured = result.seconds.filter(({ phase }) => phase === 'measure');
      assert.deepEqual(
        measured.map(({ received }) => received),
        [1000, 1000],
      );
      assert.ok(result.outside! > 0);
      assert.deepEqual(result.laws, []);
    }
  });

  test('beside a load with its own replies, matched or not', async () => {
    const silent = () => [];
    for (const match of ['sequence', 'none'] as const) {
      const cell = cellWith({ warmupMs: 0, reply: reply({ match, timeoutMs: 200 }), drainMs: 200 });
      const { result } = await runEngine(cell, { answer: silent }, ({ clock, server, t0Us }) => {
        const one = () => server.connections[0]!.deliver(text('{"price":1}'));
        one();
        clock.after((t0Us - clock.nowUs()) / 1000 + 1000, one);
        clock.after((t0Us - clock.nowUs()) / 1000 + 2050, one);
      });
      assert.deepEqual([messages(result).received, result.outside], [1, 2]);
    }
  });
});

describe('held without a pong', () => {
  const silent = { pong: false };

  test('connections that answered messages are held, and the cell does not wait for pongs', async () => {
    const { result, clock, t0Us } = await runEngine(cellWith(), silent);
    assert.deepEqual([result.connections.held, result.connections.withoutPong], [10, 10]);
    assert.ok(clock.nowUs() - t0Us < 3_000_000 + 1_000_000, 'warm-up, measured time, and less than a second more');
    assert.ok(gatesOf(result).every(({ passed }) => passed));
    assert.match(
      concurrencyNotes([{ ...result, validity: 'valid' }])
        .map(({ text }) => text)
        .join(),
      /10 connections answered no ping/,
    );
  });

  test('connections that never said anything are not, and the gate says why', async () => {
    const { result } = await runEngine(cellWith({ rate: { from: 0, to: 0 } }), silent);
    const held = gatesOf(result).find(({ gate }) => gate === 'held')!;
    assert.deepEqual([held.passed, held.message], [false, '0 of 10 connections held (10 answered no ping)']);
  });

  test('connections that stopped answering are not', async () => {
    const cell = cellWith({ reply: reply({ timeoutMs: 300 }), drainMs: 300 });
    let sent = 0;
    const { result } = await runEngine(cell, { ...silent, answer: () => (sent++ < 200 ? [{ afterMs: 1 }] : []) });
    assert.deepEqual([result.connections.held, result.connections.withoutPong], [0, 10]);
  });

  test('connections that push are', async () => {
    const { result } = await runEngine(cellWith({ model: 'listen', rate: null }), silent, ({ clock, server }) => {
      const tick = () => {
        for (const connection of server.connections) connection.deliver(text('tick'));
      };
      for (let i = 0; i < 40; i++) clock.after(i * 100, tick);
    });
    assert.equal(result.connections.held, 10);
  });

  test('where others answer pings, one that does not is waited for', async () => {
    const { result } = await runEngine(cellWith(), {}, ({ server }) => {
      server.connections[3]!.ping = () => {};
    });
    assert.deepEqual([result.connections.held, result.connections.withoutPong], [10, 1]);
  });
});
