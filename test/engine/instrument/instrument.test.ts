import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EndOfMeasure } from '../../../src/engine/end-of-measure.js';
import { DELAY_AT, Instrument } from '../../../src/engine/instrument/instrument.js';
import { ReplyLog } from '../../../src/engine/instrument/reply-log.js';
import type { PooledConnection } from '../../../src/engine/pool.js';
import type { ConnectionEvents } from '../../../src/engine/socket/connection.js';
import { Totals } from '../../../src/metrics/histogram.js';
import { Recording } from '../../../src/metrics/recording.js';
import { cellWith } from '../../plan/cell-builder.js';
import { clientFrames } from '../client-frames.js';
import { ManualClock } from '../manual-clock.js';

const WORKER = 3;

function sparseOf(us: number): readonly number[] {
  const recording = new Recording();
  recording.record(us);
  return recording.drain();
}

/** An instrument on a connection whose echo is the test itself. Warm-up of one second, one second measured. */
async function instrument({ durationMs = 1000, drainMs = 5000, serviceUs = 0 } = {}) {
  const clock = new ManualClock();
  const log = ReplyLog.forWorkers(WORKER + 1);
  const written: Buffer[] = [];
  let events!: ConnectionEvents;
  const state = { isOpen: true, canSend: true };
  const settled: boolean[] = [];
  const connection: PooledConnection = {
    ...{ closedByUs: false, bufferedBytes: 0 },
    get isOpen() {
      return state.isOpen;
    },
    get canSend() {
      return state.canSend;
    },
    times: { plannedUs: 0, startUs: 0, tcpUs: 0, tlsUs: null, openUs: 0 },
    write: (head) => written.push(...clientFrames(head).map(({ payload }) => payload)) < 0,
    ping: () => {},
    close: () => clock.soon(() => events.onClose(0, 1000, true, Buffer.alloc(0))),
    terminate: () => {},
  };
  const end = new EndOfMeasure((1000 + durationMs) * 1000);
  const checked = new Instrument({
    echo: { url: `ws://127.0.0.1:1/${WORKER}`, worker: WORKER, shared: log.shared },
    cell: cellWith({ warmupMs: 1000, durationMs, drainMs }),
    end,
    clock,
    connect: (_index, _plannedUs, options, given) => {
      assert.equal(options.endpoint.url, 'ws://127.0.0.1:1/3');
      events = given;
      clock.soon(() => given.onOpen(0));
      return connection;
    },
    lastService: { us: serviceUs },
    settled: () => settled.push(checked.isWaiting),
  });
  await clock.runUntilSettled(checked.connect());
  const t0Us = clock.nowUs();
  checked.start(t0Us);
  /** The reply to the message written last: it left the echo after `truthUs` and is read `errorUs` later. */
  const answer = (dueUs: number, truthUs: number, errorUs: number) => {
    const payload = written.at(-1)!;
    log.noteLeft(WORKER, payload.readUInt32BE(0), t0Us + dueUs + truthUs);
    const bytes = Buffer.concat([Buffer.from('..'), payload]);
    events.onFrame(0, bytes, 2, bytes.length, t0Us + dueUs + truthUs + errorUs);
  };
  const due = () => {
    const dueUs = checked.nextDueUs;
    checked.onDue();
    return dueUs;
  };
  return {
    checked,
    written,
    due,
    answer,
    state,
    settled,
    close: () => events.onClose(0, 1006, false, Buffer.alloc(0)),
  };
}

test('100 messages a second, one in every gap of 10 ms, until the end of the measure phase', async () => {
  const { checked, due, written } = await instrument({ durationMs: 10_000 });
  const instants: number[] = [];
  while (checked.nextDueUs !== Number.POSITIVE_INFINITY) instants.push(due());
  assert.equal(instants.length, 1100);
  assert.equal(written.length, 1100);
  assert.deepEqual(
    instants.map((us) => Math.floor(us / 10_000)),
    instants.map((_, i) => i),
  );
  const places = instants.map((us) => us % 10_000).sort((a, b) => a - b);
  const widest = places.map((place, i) => place - (places[i - 1] ?? 0)).reduce((a, b) => Math.max(a, b));
  assert.ok(widest < 200, `spread over the gap: the widest hole is ${widest} us`);
});

test('more often where little time is measured: up to 200 a second', async () => {
  for (const [durationMs, perSecond] of [
    [1000, 200],
    [5000, 200],
    [8000, 125],
    [60_000, 100],
  ] as const) {
    const { checked, due } = await instrument({ durationMs });
    let count = 0;
    while (checked.nextDueUs !== Number.POSITIVE_INFINITY) if (due() >= 1_000_000) count++;
    assert.equal(Math.round(count / (durationMs / 1000)), perSecond, `${durationMs} ms`);
  }
});

test('every reply is to be delayed for as long as the target took, but not beyond half the drain', async () => {
  const delayMs = async (serviceUs: number, drainMs = 5000) => {
    const { due, written } = await instrument({ serviceUs, drainMs });
    due();
    return written[0]!.readUInt16BE(DELAY_AT);
  };
  assert.deepEqual(
    [await delayMs(999), await delayMs(12_700), await delayMs(30e6), await delayMs(30e6, 300)],
    [0, 12, 500, 150],
  );
});

test('what is reported and what is true, of messages due in the measure phase only', async () => {
  const { checked, due, answer } = await instrument();
  for (let i = 0; i < 400; i++) answer(due(), 2000 + i, i < 399 ? 50 : 5000);
  const { reported, truth, added, missed } = checked.drain();
  assert.deepEqual([Totals.of(truth).count, Totals.of(reported).count, missed], [200, 200, 0]);
  assert.equal(Totals.of(truth).min, 2200);
  assert.deepEqual(added, [50, 199, ...sparseOf(5000)], 'the difference of each message, not of quantiles');
  assert.ok(Math.abs(Totals.of(reported).mean! - Totals.of(truth).mean! - 75) <= 2);
  assert.deepEqual(checked.drain(), { reported: [], truth: [], added: [], missed: 0 });
});

test('a reply counts once; replies that never come, or find no connection, are missed', async () => {
  const { checked, due, answer, state } = await instrument();
  for (let i = 0; i < 200; i++) due();
  answer(due(), 1000, 1);
  answer(1_000_000, 1000, 1);
  due();
  state.canSend = false;
  due();
  checked.giveUp();
  checked.giveUp();
  const { reported, missed } = checked.drain();
  assert.deepEqual([Totals.of(reported).count, missed], [1, 2]);
});

test('it waits while a reply may come, and a reply to a message long given up is none', async () => {
  const { checked, due, answer, written, settled } = await instrument();
  due();
  const first = written.at(-1)!;
  for (let i = 0; i < 3; i++) answer(due(), 1000, 1);
  assert.deepEqual([checked.isWaiting, settled], [true, [true, true, true]]);
  checked.giveUp();
  assert.equal(checked.isWaiting, false);
  for (let i = 4; i <= ReplyLog.entries; i++) due();
  written.push(first);
  answer(0, 1000, 1);
  assert.equal(checked.isWaiting, true, 'the slot belongs to another message now');
});

test('what is on its way when the connection breaks is missed', async () => {
  const { checked, due, close } = await instrument();
  for (let i = 0; i < 202; i++) due();
  close();
  assert.equal(checked.drain().missed, 2);
});
