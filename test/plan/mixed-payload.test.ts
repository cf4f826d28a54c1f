import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SessionValues } from '../../src/plan/fill.js';
import { NOTHING_USED, RowBook } from '../../src/plan/hand-out.js';
import { type PayloadContext, payloadSource } from '../../src/plan/payload.js';
import { allRows } from '../../src/plan/rows.js';
import { requestWith } from './wire-builder.js';

const REQUESTS = [
  requestWith('plain', '{"plain":{{sequence}}}'),
  requestWith('mine', '{"c":{{v0:connection}},"room":{{v0:room}},"name":{{v0:data.name}},"n":"{{sequence}}"}'),
  requestWith('told', '{"id":{{v0:session.id}},"n":{{sequence}},"again":{{sequence}}}'),
];

/** Requests in turn on ten connections, in four rooms, with a row for each of seven users. */
function source(session: Map<number, SessionValues>, changes: Partial<PayloadContext> = {}) {
  const data = Array.from({ length: 7 }, (_, i) => ({ name: `user "${i}"` }));
  return payloadSource({
    message: { format: 'json', size: { kind: 'fixed', bytes: 64 }, template: null },
    ...{ connections: 10, seed: 1, env: {}, data, rooms: 4 },
    mixed: { requests: REQUESTS, mix: (_, ordinal) => ordinal % 3 },
    session: (connection) => session.get(connection),
    ...changes,
  });
}

describe('messages of several kinds', () => {
  it('are what the mix says, with the numbers of one row of messages', () => {
    const payload = source(new Map([[5, { id: ['x', 1] }]]));
    assert.equal(payload.text, true);
    assert.deepEqual(
      [0, 1, 2, 3].map((ordinal) => String(payload.bytes(5, ordinal))),
      [
        '{"plain":1000000005}',
        '{"c":5,"room":1,"name":"user \\"5\\"","n":"1000000015"}',
        '{"id":["x",1],"n":1000000025,"again":1000000025}',
        '{"plain":1000000035}',
      ],
    );
    assert.equal(String(payload.bytes(9, 1)), '{"c":9,"room":1,"name":"user \\"2\\"","n":"1000000019"}');
  });

  it('share an outline as far as they can', () => {
    const payload = source(new Map());
    assert.equal(payload.outline(1, 0), payload.outline(2, 3));
    assert.equal(payload.outline(1, 1), payload.outline(1, 4));
    assert.notEqual(payload.outline(1, 1), payload.outline(2, 1));
    assert.deepEqual(payload.outline(1, 2)!.sequenceAt.length, 2);
    // Where the sequence stands depends on the kind.
    assert.equal(payload.sequenceAt(1), -1);
  });

  it('are made anew when what was captured changes, and only those that say it', () => {
    const session = new Map<number, SessionValues>([
      [1, { id: 'a' }],
      [2, { id: 'b' }],
    ]);
    const payload = source(session);
    const outlines = (connection: number) => [0, 1, 2].map((ordinal) => payload.outline(connection, ordinal));
    const [before, others] = [outlines(1), outlines(2)];
    session.set(1, { id: 'c' });
    assert.deepEqual(
      outlines(1).map((outline, i) => outline === before[i]),
      [true, true, false],
    );
    assert.deepEqual(outlines(2), others);
    assert.equal(String(payload.bytes(1, 2)), '{"id":"c","n":1000000021,"again":1000000021}');
    assert.equal(String(payload.bytes(2, 2)), '{"id":"b","n":1000000022,"again":1000000022}');
  });

  it('are made anew when a connection has another row', () => {
    const data = Array.from({ length: 3 }, (_, i) => ({ name: `user ${i}` }));
    const rows = new RowBook(allRows(data), 'cycle', NOTHING_USED, 10);
    rows.begin(1);
    const payload = source(new Map(), { rows });
    const before = payload.outline(1, 1);
    const first = String(payload.bytes(1, 1));
    rows.begin(1);
    assert.notEqual(payload.outline(1, 1), before);
    assert.notEqual(String(payload.bytes(1, 1)), first);
    assert.match(String(payload.bytes(1, 1)), /^\{"c":1,"room":1,"name":"user \d","n":"1000000011"\}$/);
  });

  it('are as long as their values, in bytes', () => {
    const payload = source(new Map([[0, { id: 'é"' }]]));
    const bytes = payload.bytes(0, 2);
    assert.equal(bytes.length, Buffer.byteLength('{"id":"é\\"","n":1000000020,"again":1000000020}'));
    assert.deepEqual(JSON.parse(String(bytes)), { id: 'é"', n: 1_000_000_020, again: 1_000_000_020 });
  });
});
