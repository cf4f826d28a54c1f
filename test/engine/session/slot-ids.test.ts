/** Messages that replies name by ids of 16 bits: in flight each has its own, however many there are. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ringSlots } from '../../../src/plan/table.js';
import { wireFor } from '../../dialect/conversation.js';
import { cellWith } from '../../plan/cell-builder.js';
import type { FakeConnection } from '../fake-server.js';
import { runEngine } from '../run-engine.js';

const PUBLISH = { name: 'publish', to: 'a', send: 'x', words: { qos: 1 } } as const;

const cell = (rate: number, durationMs: number, timeoutMs = 5000) =>
  cellWith({
    ...{ wire: wireFor('mqtt', { requests: [PUBLISH] }), durationMs, warmupMs: 0 },
    rate: { from: rate, to: rate },
    ...{ connections: { from: 1, to: 1 }, axes: { connections: 1, rate } },
    reply: { match: 'sequence', field: 'sequence', timeoutMs, echo: { kind: 'none' } },
  });

const connack = (connection: FakeConnection) => connection.deliver(Buffer.from('20020000', 'hex'), true);
const hears = (connection: FakeConnection, text: string) => {
  if (text.startsWith('\x10')) connack(connection);
};
/** The id of a PUBLISH with the topic `a`. */
const idOf = (bytes: Buffer) => bytes.subarray(5, 7);
const puback = (id: Buffer) => Buffer.concat([Buffer.from([0x40, 0x02]), id]);

describe('ids of 16 bits', () => {
  it('come round: each message is answered by its own, also when a few are answered late or twice', async () => {
    const ids = new Set<number>();
    let count = 0;
    const { result } = await runEngine(cell(1000, 3000, 100), {
      hears,
      answer: (_, bytes, connection) => {
        const id = Buffer.from(idOf(bytes));
        ids.add(id.readUInt16BE());
        const number = count++;
        if (number % 100 === 50) return [];
        const answer = () => connection.deliver(puback(id), true);
        connection.later(number % 100 === 40 ? 150 : 1 + (number % 7), answer);
        if (number % 100 === 70) connection.later(20, answer);
        return [];
      },
    });
    const { messages } = result.flows[0]!;
    assert.deepEqual(result.laws, []);
    const { planned, answered, timedOut, late, duplicated, unexpected } = messages;
    assert.deepEqual(
      { planned, answered, timedOut, late, duplicated, unexpected },
      { planned: 3000, answered: 2940, timedOut: 60, late: 30, duplicated: 30, unexpected: 0 },
    );
    assert.equal(ids.size, ringSlots(cell(1000, 3000, 100)));
    assert.ok(ids.size < 1000);
    assert.equal(Math.min(...ids), 1);
  });

  it('never name a slot that no message had', async () => {
    const { result } = await runEngine(cell(10, 1000), {
      hears,
      answer: (_, bytes, connection) => {
        const id = Buffer.from(idOf(bytes));
        connection.later(1, () => connection.deliver(puback(id), true));
        for (const other of ['0000', 'ffff', '0040']) {
          connection.later(2, () => connection.deliver(puback(Buffer.from(other, 'hex')), true));
        }
        return [];
      },
    });
    const { answered, unexpected } = result.flows[0]!.messages;
    assert.deepEqual({ answered, unexpected, laws: result.laws }, { answered: 10, unexpected: 30, laws: [] });
  });

  it('are at most 32,768, whatever the rate', () => {
    assert.equal(ringSlots(cell(100_000, 1000, 60_000)), 32_768);
  });
});
