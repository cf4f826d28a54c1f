/**
 * Hostile orders from a played coordinator to a real agent. Each is refused with a sentence that shows no value of the
 * order, changes nothing, and the agent takes a good order afterwards.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { encodeBody } from '../../src/bus/codec.js';
import { outlineOf, partOf } from '../../src/bus/parts.js';
import type { AgentShard, Order } from '../../src/fleet/orders.js';
import { piecesOf } from '../../src/fleet/row-pieces.js';
import type { Cell } from '../../src/plan/cell.js';
import { allRows } from '../../src/plan/rows.js';
import { cellWith } from '../plan/cell-builder.js';
import { requestWith, stepWith, wireWith } from '../plan/wire-builder.js';
import { Fixture, LEASE, prepareOf, RUN, shardWith } from './agent-fixture.js';
import { assertAsBefore, reached, SECRET, SUBJECT, send, sendBody, sendOrder, sendText } from './hostile-fixture.js';

const DAY_MS = 86_400_000;

const prepareWith = (changes: Partial<Cell>): Order => prepareOf(shardWith({ cell: cellWith(changes) }));

describe('the size of a load', () => {
  const offers = { workers: 2, connections: 100, perSecond: 1000 };
  const beyond: Readonly<Record<string, readonly [Order, code: string]>> = {
    'ten times the workers': [prepareOf(shardWith({ from: 0, to: 20, workers: 20 })), 'over_offer'],
    'one worker more': [prepareOf(shardWith({ from: 0, to: 3 })), 'over_offer'],
    'ten times the connections': [prepareWith({ connections: { from: 3000, to: 3000 } }), 'over_offer'],
    'ten times the connections at the end of a ramp': [
      prepareWith({ connections: { from: 1, to: 3000 } }),
      'over_offer',
    ],
    'ten times the messages': [prepareWith({ rate: { from: 30_000, to: 30_000 } }), 'over_offer'],
    'ten times the messages at the end of a ramp': [prepareWith({ rate: { from: 0, to: 30_000 } }), 'over_offer'],
    'as many messages as are answered': [prepareWith({ model: 'closed', rate: null }), 'over_offer'],
    '2^53 connections': [prepareWith({ connections: { from: 2 ** 53, to: 2 ** 53 } }), 'bad_order'],
    'half a connection': [prepareWith({ connections: { from: 0.5, to: 0.5 } }), 'bad_order'],
    'fewer connections than none': [prepareWith({ connections: { from: -5, to: -5 } }), 'bad_order'],
    'a rate below zero': [prepareWith({ rate: { from: -1, to: -1 } }), 'bad_order'],
    '1e300 messages a second': [prepareWith({ rate: { from: 1e300, to: 1e300 } }), 'bad_order'],
    'a million connects a second': [prepareWith({ connectRate: 1e6 }), 'bad_order'],
    'pings in place of messages': [prepareWith({ keepAliveMs: 1 }), 'bad_order'],
    'heartbeats in place of messages': [
      prepareWith({ wire: wireWith({ beat: { everyMs: 0, send: 'x' } }) }),
      'bad_order',
    ],
    'a session in place of messages': [
      prepareWith({ wire: wireWith({ steps: [stepWith('s', { send: 'x', repeat: 1e9 })] }) }),
      'bad_order',
    ],
    'connections that live for no time': [prepareWith({ lifetime: { kind: 'fixed', meanMs: 0 } }), 'bad_order'],
    'reconnects without a pause': [
      prepareWith({ reconnect: { policy: 'immediate', baseMs: 0, capMs: 0, jitter: 'none' } }),
      'bad_order',
    ],
    'messages of a GiB': [
      prepareWith({ message: { format: 'text', size: { kind: 'fixed', bytes: 2 ** 30 }, template: null } }),
      'bad_order',
    ],
    'a ring of 2^40 messages': [prepareWith({ maxInFlight: 2 ** 40 }), 'bad_order'],
    'senders below zero, which would count as no messages': [
      prepareWith({ rate: { from: 1e6, to: 1e6 }, wire: wireWith({ senders: -1 }) }),
      'bad_order',
    ],
    'a load for a thousand years': [prepareWith({ durationMs: 365_000 * DAY_MS }), 'bad_order'],
    'a script': [prepareWith({ wire: wireWith({ script: { path: '/etc/passwd', sha256: SECRET } }) }), 'no_script'],
    'deliveries, which need the clocks of others': [
      prepareWith({
        wire: wireWith({ deliver: { timeoutMs: 1 }, requests: [requestWith('r', 'x', { reaches: 'all' })] }),
      }),
      'no_fanout',
    ],
    'the folder of a script': [
      { kind: 'prepare', shard: { ...shardWith(), folder: '/etc' } } as unknown as Order,
      'bad_order',
    ],
    'another number for its workers': [
      { kind: 'prepare', shard: { ...shardWith(), machine: { from: 0, to: 1e9 } } } as unknown as Order,
      'bad_order',
    ],
    'a file in place of a template': [
      prepareWith({
        message: { format: 'text', size: { kind: 'fixed', bytes: 1 }, template: null, file: '/etc/passwd' } as never,
      }),
      'bad_order',
    ],
  };
  for (const [name, [order, code]] of Object.entries(beyond)) {
    test(`is never ${name}`, async () => {
      const f = await reached({ offers });
      assert.equal(await sendOrder(f, order), code);
      assert.equal(f.threads.length, 0);
      await assertAsBefore(f);
    });
  }

  test('is no more than was announced when the measured time is extended', async () => {
    const f = new Fixture();
    await f.running();
    const before = [...f.told];
    for (const durationMs of [10_001, 365 * DAY_MS, 1e300]) {
      assert.equal(await sendOrder(f, { kind: 'extend', durationMs }), 'bad_order');
    }
    assert.deepEqual(f.told, before);
    assert.equal(await f.order({ kind: 'extend', durationMs: 10_000 }, 1), 'ok');
  });
});

describe('instants of an order', () => {
  const far = [1e300, -1e300, 2 ** 53, -11e6, 60e6];

  test('are near: of a load that began long ago all messages would be due at once', async () => {
    const f = await reached();
    await f.order(prepareOf(), 1);
    for (const us of far) assert.equal(await sendOrder(f, { kind: 'connect', atUs: us }), 'bad_order', `${us}`);
    assert.equal(await f.order({ kind: 'connect', atUs: f.time.nowUs }, 1), 'ok');
    for (const us of far) assert.equal(await sendOrder(f, { kind: 'start', t0Us: us }), 'bad_order', `${us}`);
    assert.deepEqual(f.told.length, 2);
    assert.equal(await f.order({ kind: 'start', t0Us: f.time.nowUs + 5e6 }, 1), 'ok');
  });

  test('are numbers', async () => {
    const f = await reached();
    await f.order(prepareOf(), 1);
    for (const order of [
      '{"kind":"connect","atUs":1e999}',
      '{"kind":"connect","atUs":-1e999}',
      '{"kind":"connect","atUs":null}',
      '{"kind":"connect","atUs":"0"}',
      '{"kind":"connect"}',
      '{"kind":"connect","atUs":1,"upTo":-1}',
      '{"kind":"start","t0Us":1e999}',
      '{"kind":"start","t0Us":null}',
      '{"kind":"extend","durationMs":null}',
      '{"kind":"stop","deadlineMs":1e999}',
      '{"kind":"stop","deadlineMs":1e12}',
      '{"kind":"restarted","event":-1}',
    ]) {
      assert.equal(await sendText(f, `{"run":"${RUN}","epoch":1,"order":${order}}`), 'bad_order', order);
    }
    assert.deepEqual(f.told, ['prepare']);
    assert.equal(await f.order({ kind: 'connect', atUs: f.time.nowUs }, 1), 'ok');
  });
});

describe('whose an order is', () => {
  test('one of an older cell, of another run, or of a run that is no word is refused', async () => {
    const f = await reached();
    await f.order(prepareOf(), 7);
    const { told } = f;
    const connect = { kind: 'connect', atUs: f.time.nowUs };
    assert.equal(await sendOrder(f, connect, 6), 'gone');
    assert.equal(await sendOrder(f, prepareOf(), 6), 'gone');
    assert.equal(await sendBody(f, { run: 'run2', epoch: 7, order: connect }), 'gone');
    assert.equal(await sendBody(f, { run: 'run2', epoch: 0, order: { kind: 'release' } }), 'gone');
    for (const run of ['', '*', '>', 'a.b', '../x', `${RUN} `, 'x'.repeat(65), 1, null, { toString: 1 }]) {
      assert.equal(await sendBody(f, { run, epoch: 7, order: connect }), 'bad_order', JSON.stringify(run));
      assert.equal(await sendBody(f, { run, epoch: 0, order: LEASE }), 'bad_order', JSON.stringify(run));
    }
    for (const epoch of [-1, 0.5, 1e300, '7', null, [7]]) {
      assert.equal(await sendOrder(f, connect, epoch), 'bad_order', JSON.stringify(epoch));
    }
    assert.deepEqual(f.told, told);
    assert.equal(await f.order(connect as Order, 7), 'ok');
  });

  test('a cell is prepared once: another one of its number is refused, and a repeated question gets its answer', async () => {
    const f = await reached();
    const other = prepareWith({ durationMs: 1234 });
    const ask = (order: Order) => f.ask(SUBJECT, 'same', 'prepare', { run: RUN, epoch: 1, order });
    const first = await ask(prepareOf());
    assert.deepEqual(await ask(other), first, 'the answer to the first one, whatever stands in the second');
    assert.equal(await sendOrder(f, other), 'out_of_order');
    assert.deepEqual(f.told, ['prepare']);
    assert.equal(f.threads[0]!.shards[0]!.cell.durationMs, cellWith().durationMs);
    assert.equal(await f.order({ kind: 'connect', atUs: f.time.nowUs }, 1), 'ok');
  });

  test('nothing starts before it is prepared, and connected', async () => {
    const f = await reached();
    const start = { kind: 'start', t0Us: f.time.nowUs };
    for (const order of [start, { kind: 'connect', atUs: 1 }, { kind: 'extend', durationMs: 1 }]) {
      assert.equal(await sendOrder(f, order), 'out_of_order');
    }
    await f.order(prepareOf(), 1);
    assert.equal(await sendOrder(f, start), 'out_of_order');
    assert.deepEqual(f.told, ['prepare']);
    assert.equal(await f.order({ kind: 'connect', atUs: f.time.nowUs }, 1), 'ok');
  });
});

describe('rows of an order', () => {
  const good = allRows(Array.from({ length: 30 }, (_, i) => ({ user: `user-${i}` })));
  const { named, pieces } = piecesOf(good);
  const cell = cellWith({ connections: { from: 30, to: 30 } });
  const shard: AgentShard = shardWith({ cell, from: 0, to: 4, workers: 4, rows: named, reuse: 'cycle' });

  test('are rows: objects of texts, with the hash that they say', async () => {
    const f = await reached();
    const { sha256 } = pieces[0]!;
    for (const rows of [
      'rows',
      null,
      { length: 3 },
      [1],
      [null],
      [['a']],
      [{ user: 1 }],
      [{ user: null }],
      [{ user: { a: SECRET } }],
    ]) {
      assert.equal(await sendOrder(f, { kind: 'rows', sha256, rows }, 0), 'bad_order', JSON.stringify(rows));
    }
    assert.equal(await sendOrder(f, { kind: 'rows', sha256, rows: [{ user: SECRET }] }, 0), 'wrong_hash');
    assert.equal(await sendOrder(f, { kind: 'rows', sha256: 'abc', rows: [] }, 0), 'bad_order');
    await assertAsBefore(f);
  });

  test('are those of its connections, no fewer and no more', async () => {
    const f = await reached();
    assert.equal(await f.order({ kind: 'rows', ...pieces[0]! }), 'ok');
    const wrong: readonly Partial<AgentShard>[] = [
      { rows: { ...named, total: 29 } },
      { rows: { ...named, total: 2 ** 53 } },
      { rows: { ...named, total: -1 } },
      { rows: { ...named, bytes: 1e15 } },
      { rows: { ...named, pieces: [] } },
      { rows: { ...named, pieces: [...named.pieces, ...named.pieces] } },
      { rows: { ...named, pieces: [SECRET] } },
      { rows: { ...named, pieces: 7 as never } },
      { used: { numbers: -1, rows: 1e300 } },
      { reuse: SECRET as never },
    ];
    for (const changes of wrong) {
      const answer = await sendOrder(f, prepareOf({ ...shard, ...changes }));
      assert.match(answer, /^(bad_rows|rows_too_large|bad_order)$/, JSON.stringify(changes));
    }
    assert.deepEqual(f.told, []);
    assert.ok('cellHash' in ((await f.order(prepareOf(shard), 1)) as object));
  });
});

describe('a body', () => {
  test('that is no order is refused, in every state of the agent', async () => {
    const bodies = [
      null,
      1,
      SECRET,
      [],
      {},
      { run: RUN },
      { run: RUN, epoch: 1 },
      { run: RUN, epoch: 1, order: null },
      { run: RUN, epoch: 1, order: SECRET },
      { run: RUN, epoch: 1, order: [] },
      { run: RUN, epoch: 1, order: { kind: null } },
      { run: RUN, epoch: 1, order: { kind: { toString: SECRET } } },
      { run: RUN, epoch: 1, order: { kind: 'prepare' } },
      { run: RUN, epoch: 1, order: { kind: 'prepare', shard: null } },
      { run: RUN, epoch: 1, order: { kind: 'prepare', shard: { cell: SECRET } } },
      { run: RUN, epoch: 1, order: { kind: 'beat', [SECRET]: 1 } },
      { run: RUN, epoch: 1, order: { kind: 'lease' } },
      { run: RUN, epoch: 1, order: { kind: 'lease', by: { a: 1 }, instrumentCheck: false } },
      { run: RUN, epoch: 1, order: { kind: 'reach' } },
    ];
    const strange = ['exec', '__proto__', 'constructor', 'toString', SECRET].map((kind) => ({
      ...{ run: RUN, epoch: 1 },
      order: { kind },
    }));
    const states = [new Fixture(), await reached(), new Fixture()];
    await states[2]!.running();
    for (const f of states) {
      const before = [JSON.stringify((await f.info()).state), ...f.told];
      for (const body of bodies) assert.equal(await sendBody(f, body), 'bad_order', JSON.stringify(body));
      for (const body of strange) assert.equal(await sendBody(f, body), 'unknown_order', JSON.stringify(body));
      assert.deepEqual([JSON.stringify((await f.info()).state), ...f.told], before);
    }
    await assertAsBefore(states[1]!);
    assert.equal(await states[0]!.order(LEASE), 'ok');
  });

  test('that cannot be read is refused: nested deep, no JSON, not deflated, or one that inflates to more than 64 MiB', async () => {
    const f = await reached();
    for (const [depth, code] of [
      [5000, 'bus_question_refused'],
      [100_000, 'bus_question_refused'],
    ] as const) {
      const nested = `{"run":"${RUN}","epoch":1,"order":${'['.repeat(depth)}${']'.repeat(depth)}}`;
      assert.equal(await sendText(f, nested), code);
    }
    assert.equal(await sendText(f, `{"run":"${SECRET}`), 'bus_question_refused');
    const whole = { form: 'whole', id: 'z-1', kind: 'prepare' };
    assert.equal(await send(f, whole, new Uint8Array(64).fill(0xff)), 'bus_question_refused');
    const bomb = deflateRawSync(Buffer.alloc(65 * 1024 * 1024, 0x20));
    assert.ok(bomb.length < 128 * 1024);
    assert.equal(await send(f, { ...whole, id: 'z-2' }, bomb), 'bus_question_refused');
    await assertAsBefore(f);
  });

  test('in parts that is torn, or another than announced, is refused, and may be sent anew', async () => {
    const f = await reached();
    const body = encodeBody({ run: RUN, epoch: 1, order: prepareOf() });
    const size = Math.ceil(body.length / 3);
    const { sha256, bytes, parts } = outlineOf(body, size);
    const outline = { sha256, bytes: String(bytes), parts: String(parts) };
    const part = (index: number, content = partOf(body, index, size)) =>
      send(f, { form: 'part', index: String(index), ...outline }, content);
    const ask = (id: string) => send(f, { form: 'gathered', id, kind: 'prepare', ...outline }, new Uint8Array(0));
    assert.equal(await ask('g-1'), 'missing');
    assert.equal(await part(0), 'taken');
    assert.equal(await ask('g-1'), 'missing', 'parts are missing');
    assert.equal(await part(1, partOf(body, 1, size).subarray(0, 5)), 'taken', 'torn');
    assert.equal(await part(2), 'taken');
    assert.equal(await ask('g-1'), 'bus_question_refused', 'it is not what was announced');
    assert.deepEqual(f.told, []);
    for (const index of ['-1', '3', '0.5', '1e9', 'x', '']) {
      const headers = { form: 'part', index, ...outline };
      assert.equal(await send(f, headers, Buffer.from('x')), 'bus_question_refused', index);
    }
    for (const wrong of [{ sha256: SECRET }, { bytes: '1e18' }, { bytes: '-1' }, { parts: '1e9' }, { parts: '0' }]) {
      const headers = {
        form: 'gathered',
        id: `g-${JSON.stringify(wrong).length}-${Object.keys(wrong)[0]}`,
        kind: 'prepare',
        ...outline,
        ...wrong,
      };
      assert.equal(await send(f, headers, new Uint8Array(0)), 'bus_question_refused', JSON.stringify(wrong));
    }
    for (const index of [0, 1, 2]) assert.equal(await part(index), 'taken');
    assert.equal(await ask('g-2'), 'ok');
    assert.deepEqual(f.told, ['prepare']);
  });
});
