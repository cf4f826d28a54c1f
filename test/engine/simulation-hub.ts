import assert from 'node:assert/strict';
import type { Wire } from '../../src/dialect/wire.js';
import type { CellResult } from '../../src/metrics/cell-result.js';
import { C } from '../../src/metrics/counters.js';
import type { Interval } from '../../src/metrics/interval.js';
import { type Cell, peakConnections } from '../../src/plan/cell.js';
import { fanoutOf, isMember } from '../../src/plan/fanout.js';
import { mixOf } from '../../src/plan/mix.js';
import { connectionOf, ordinalOf } from '../../src/plan/sequence.js';
import type { Rng } from '../../src/stats/rng.js';
import { requestWith, ruleWith, wireWith } from '../plan/wire-builder.js';
import type { Answer, FakeConnection, FakeServer } from './fake-server.js';
import type { Talk } from './simulation-talk.js';

/** A hub that hands messages on to its members, and drops, delays, repeats and misdirects some of them. */
export function randomHub(rng: Rng, cell: Cell): Talk {
  const rooms = rng.below(2) === 0 ? null : 1 + rng.below(Math.max(1, cell.connections.from));
  const isMatched = cell.reply.match === 'sequence';
  const reach = (['all', 'others', rooms === null ? 'others' : 'room'] as const)[rng.below(3)]!;
  const isRuled = isMatched && rng.below(2) === 0;
  const isSilent = isMatched && !isRuled && (reach !== 'others' || rng.below(2) === 0);
  const say = requestWith('say', '{"type":"say","sequence":{{sequence}}}', {
    reaches: reach,
    weight: 1 + rng.below(3),
    ...(isSilent ? { silent: true } : {}),
  });
  const ask = requestWith('ask', '{"type":"ask","sequence":{{sequence}}}', { weight: 1 + rng.below(3) });
  const wire = wireWith({
    requests: rng.below(2) === 0 ? [say] : [say, ask],
    rules: isRuled ? [ruleWith('say', 'delivery', '"said"')] : [],
    pick: rng.below(2) === 0 ? 'in turn' : 'weighted',
    deliver: { timeoutMs: 30 + rng.below(500) },
    rooms,
    senders: rng.below(3) === 0 ? 1 + rng.below(cell.connections.from) : null,
  });
  const hub = new Hub(rng, wire, { ...cell, wire }, isMatched && !isSilent);
  return {
    wire,
    server: { greet: () => {}, hears: () => {}, bundleMs: 0, answer: (index, bytes) => hub.answer(index, bytes) },
    check: (server, lines, _, result) => hub.check(server, lines, result),
  };
}

class Hub {
  readonly #rng: Rng;
  readonly #wire: Wire;
  readonly #cell: Cell;
  readonly #answers: boolean;

  constructor(rng: Rng, wire: Wire, cell: Cell, answers: boolean) {
    this.#rng = rng;
    this.#wire = wire;
    this.#cell = cell;
    this.#answers = answers;
  }

  answer(publisher: number, bytes: Buffer): Answer[] {
    const rng = this.#rng;
    const { type, sequence } = JSON.parse(bytes.toString()) as { type: string; sequence: number };
    const ask = this.#cell.reply.match === 'sequence' ? [{ afterMs: rng.below(20), bytes }] : [];
    if (type === 'ask') return ask;
    const said = Buffer.from(JSON.stringify({ type: 'said', sequence }));
    const answers: Answer[] = this.#answers ? ask : [];
    for (let to = 0; to < peakConnections(this.#cell); to++) {
      const isFor = isMember(fanoutOf(this.#cell)!, 0, publisher, to);
      // Every thirtieth goes to somebody else's room, too.
      if (!isFor && (rng.below(30) > 0 || to === publisher)) continue;
      const afterMs = rng.below(6) === 0 ? rng.below(900) : rng.below(10);
      const fate = rng.below(30);
      if (fate === 0) continue;
      answers.push({ afterMs, bytes: said, to });
      if (fate === 1) answers.push({ afterMs: afterMs + rng.below(400), bytes: said, to });
    }
    return answers;
  }

  /** What was counted is what the connections really got. */
  check(server: FakeServer, lines: readonly Interval[], result: CellResult): void {
    const counted = (counter: number) =>
      lines.flatMap(({ flow }) => flow).reduce((sum, { counters }) => sum + counters[counter]!, 0);
    const truth = this.#truth(server);
    // A run that was stopped closes its connections while messages are on their way.
    if (result.interrupted) return;
    assert.equal(counted(C.delivered), truth.delivered, 'delivered');
    assert.equal(counted(C.missed), truth.missed, 'missed');
    const gone = counted(C.gone);
    assert.ok(gone >= truth.gone && gone <= truth.gone + truth.tied, `gone: ${gone}, not ${truth.gone}`);
    // What comes in the very microsecond of the end may be before it or after it.
    if (truth.tied > 0) return;
    assert.equal(counted(C.deliveredLate), truth.late, 'delivered late');
    assert.equal(counted(C.redelivered), truth.again, 'redelivered');
    assert.equal(counted(C.replayed), truth.replayed, 'replayed');
  }

  #truth(server: FakeServer) {
    const fanout = fanoutOf(this.#cell)!;
    const timeoutUs = fanout.timeoutMs * 1000;
    const mix = mixOf(this.#cell)!;
    const connections = peakConnections(this.#cell);
    const truth = { delivered: 0, missed: 0, gone: 0, late: 0, again: 0, replayed: 0, tied: 0 };
    for (const { index, bytes, atUs: sentUs } of server.received) {
      const { sequence } = JSON.parse(bytes.toString()) as { sequence: number };
      assert.equal(connectionOf(sequence, connections), index);
      if (this.#wire.requests[mix(index, ordinalOf(sequence, connections))]!.reaches === undefined) continue;
      for (const [to, sockets] of server.sockets.entries()) {
        if (!isMember(fanout, 0, index, to)) continue;
        for (const socket of sockets ?? []) judge(truth, socket, sequence, sentUs, timeoutUs);
      }
    }
    return truth;
  }
}

type Truth = Record<'delivered' | 'missed' | 'gone' | 'late' | 'again' | 'replayed' | 'tied', number>;

/** What one life of a connection made of one message. */
function judge(truth: Truth, socket: FakeConnection, sequence: number, sentUs: number, timeoutUs: number): void {
  const came = socket.got.filter(({ bytes }) => bytes.includes('"said"') && bytes.includes(String(sequence)));
  const openUs = socket.times.openUs;
  if (openUs === null || openUs > sentUs) {
    truth.replayed += came.length;
    return;
  }
  if (socket.overUs === sentUs || came.some(({ atUs }) => atUs === socket.overUs)) truth.tied++;
  // A repeat that comes while its connection is closed at the end of the cell belongs to nothing.
  if (came.slice(1).some(({ atUs }) => atUs >= socket.closingUs)) truth.tied++;
  if (socket.overUs <= sentUs) return;
  const first = came[0];
  if (first === undefined || first.atUs - sentUs > timeoutUs) {
    // It would have been missed at the end of its timeout.
    if (socket.overUs <= sentUs + timeoutUs) truth.gone++;
    else truth.missed++;
    if (first !== undefined) truth.late++;
  } else truth.delivered++;
  truth.again += Math.max(0, came.length - 1);
}
