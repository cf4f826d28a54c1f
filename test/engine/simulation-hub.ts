import assert from 'node:assert/strict';
import type { Wire, WireRequest } from '../../src/dialect/wire.js';
import { C } from '../../src/metrics/counters.js';
import type { Interval } from '../../src/metrics/interval.js';
import { type Cell, peakConnections } from '../../src/plan/cell.js';
import { type BoardLayout, type Fanout, fanoutOf, isMeantFor, type Reach } from '../../src/plan/fanout.js';
import { type Mix, mixOf } from '../../src/plan/mix.js';
import { connectionOf, ordinalOf } from '../../src/plan/sequence.js';
import type { Rng } from '../../src/stats/rng.js';
import { requestWith, ruleWith, stepWith, wireWith } from '../plan/wire-builder.js';
import type { Answer, FakeConnection, FakeServer } from './fake-server.js';
import { checkSlow, endOf, type MeantFor, randomSlow, slowConnections, valuesOf } from './simulation-slow.js';
import type { Talk } from './simulation-talk.js';

/**
 * A hub that hands messages on to its members, and drops, delays, repeats and misdirects some of them. Its messages
 * reach one of several circles, its connections may have to join first, the last of them may read slowly, its frames may
 * name several messages, and the board of the cell may be far too small.
 */
export function randomHub(rng: Rng, cell: Cell): Talk {
  const rooms = rng.below(2) === 0 ? null : 1 + rng.below(Math.max(1, cell.connections.from));
  const isMatched = cell.reply.match === 'sequence';
  const isRuled = isMatched && rng.below(2) === 0;
  const saying = Array.from({ length: 1 + rng.below(3) }, (_, i) => {
    const reach = (['all', 'others', rooms === null ? 'others' : 'room'] as const)[rng.below(3)]!;
    // Nothing would tell the sender's own message from a reply.
    const isSilent = isMatched && !isRuled && (reach !== 'others' || rng.below(2) === 0);
    return sayWith(`say${i}`, reach, isSilent, rng);
  });
  const ask = requestWith('ask', '{"type":"ask","sequence":{{sequence}}}', { weight: 1 + rng.below(3) });
  const hasSession = rng.below(2) === 0;
  const slow = randomSlow(rng, peakConnections(cell));
  const wire = wireWith({
    requests: rng.below(2) === 0 ? saying : [...saying, ask],
    rules: isRuled ? [ruleWith('say0', 'delivery', '"said"')] : [],
    pick: rng.below(2) === 0 ? 'in turn' : 'weighted',
    deliver: { timeoutMs: 30 + rng.below(500) },
    ...{ rooms, steps: hasSession ? [JOIN] : [] },
    senders: rng.below(3) === 0 ? 1 + rng.below(cell.connections.from) : null,
    ...(slow === undefined ? {} : { slow }),
  });
  const isSmall = rng.below(3) === 0;
  // Replies are told by their number alone, so a frame with several must not name an own one.
  const bundles = (isRuled || !isMatched || saying.every(({ silent }) => silent === true)) && rng.below(2) === 0;
  const hub = new Hub(rng, wire, { ...cell, wire }, { isSmall, bundles, isMatched });
  return {
    wire,
    board: isSmall ? smallBoard(rng) : {},
    server: {
      greet: () => {},
      hears: (connection) => hub.join(connection),
      bundleMs: 0,
      answer: (index, bytes) => hub.answer(index, bytes),
    },
    checkWorker: (...told) => hub.check(...told),
    checkWhole: (...told) => hub.checkTimes(...told),
  };
}

const JOIN = stepWith('join', { send: '{"type":"join"}', expect: { has: ['"joined"'] } });

function sayWith(name: string, reaches: Reach, isSilent: boolean, rng: Rng): WireRequest {
  return requestWith(name, '{"type":"say","sequence":{{sequence}}}', {
    ...{ reaches, weight: 1 + rng.below(3) },
    ...(isSilent ? { silent: true } : {}),
  });
}

/** So small that rows are used again at once, and that the board is full after a few messages. */
function smallBoard(rng: Rng): Partial<BoardLayout> {
  return { rows: 2 ** (1 + rng.below(5)), lastOfEach: 2 ** (1 + rng.below(3)) };
}

interface HubOptions {
  readonly isSmall: boolean;
  /** Whether frames may name several messages. */
  readonly bundles: boolean;
  readonly isMatched: boolean;
}

/** A message that was sent to many. */
interface Said {
  readonly sequence: number;
  readonly publisher: number;
  readonly request: number;
  readonly sentUs: number;
}

class Hub {
  readonly #rng: Rng;
  readonly #wire: Wire;
  readonly #o: HubOptions;
  readonly #connections: number;
  readonly #fanout: Fanout;
  readonly #mix: Mix;
  /** Connections from this number on read slowly. */
  readonly #slowFrom: number;
  /** The messages named last. */
  #last: number[] = [];
  /** How many messages a connection had received when its session was ready. */
  readonly #readyAfter = new Map<FakeConnection, { readonly got: number; readonly atUs: number }>();

  constructor(rng: Rng, wire: Wire, cell: Cell, options: HubOptions) {
    this.#rng = rng;
    this.#wire = wire;
    this.#o = options;
    this.#connections = peakConnections(cell);
    this.#fanout = fanoutOf(cell)!;
    this.#mix = mixOf(cell)!;
    const { slow } = wire;
    this.#slowFrom = this.#connections - (slow === undefined ? 0 : slowConnections(this.#connections, slow.share));
  }

  /** Most connections are let in, and some of them late. */
  join(connection: FakeConnection): void {
    const fate = this.#rng.below(20);
    if (fate === 0) return;
    connection.later(fate === 1 ? 100 : this.#rng.below(10), () => {
      if (!connection.canSend) return;
      connection.deliver(Buffer.from('{"type":"joined"}'));
      const atUs = connection.receivedUs;
      if (!connection.closedByUs) this.#readyAfter.set(connection, { got: connection.got.length, atUs });
    });
  }

  answer(publisher: number, bytes: Buffer): Answer[] {
    const rng = this.#rng;
    const { type, sequence } = JSON.parse(bytes.toString()) as { type: string; sequence: number };
    const request = this.#requestOf(publisher, sequence);
    const { silent } = this.#wire.requests[request]!;
    const ask = this.#o.isMatched && silent !== true ? [{ afterMs: rng.below(20), bytes }] : [];
    if (type === 'ask') return ask;
    const answers: Answer[] = [...ask];
    for (let to = 0; to < this.#connections; to++) {
      const isFor = isMeantFor(this.#fanout, request, publisher, to);
      // Every thirtieth goes to somebody who is not meant, too.
      if (!isFor && (rng.below(30) > 0 || to === publisher)) continue;
      const afterMs = rng.below(6) === 0 ? rng.below(900) : rng.below(10);
      const fate = rng.below(30);
      if (fate === 0) continue;
      const said = this.#frame(sequence);
      answers.push({ afterMs, bytes: said, to });
      // Repeated soon; or when its row is long another message's.
      if (fate < 3) answers.push({ afterMs: afterMs + rng.below(fate === 1 ? 400 : 3000), bytes: said, to });
    }
    this.#last = [...this.#last.slice(-3), sequence];
    return answers;
  }

  /** Every fifth frame may name earlier messages, too. */
  #frame(sequence: number): Buffer {
    const isBundle = this.#o.bundles && this.#rng.below(5) === 0;
    const earlier = isBundle ? this.#last.slice(this.#rng.below(this.#last.length + 1)) : [];
    const all = [sequence, ...earlier].map((each) => ({ sequence: each }));
    return Buffer.from(JSON.stringify(all.length === 1 ? { type: 'said', sequence } : { type: 'said', all }));
  }

  #requestOf(publisher: number, sequence: number): number {
    assert.equal(connectionOf(sequence, this.#connections), publisher);
    return this.#mix(publisher, ordinalOf(sequence, this.#connections));
  }

  /** What a worker counted is what its connections really got. */
  check(server: FakeServer, lines: readonly Interval[], worker: number, workers: number): void {
    const counted = (counter: number) =>
      lines.flatMap(({ flow }) => flow).reduce((sum, { counters }) => sum + counters[counter]!, 0);
    const isOurs = (connection: number) => connection % workers === worker;
    this.#checkSlow(server, lines, isOurs);
    const truth = this.#truth(server, isOurs);
    const delivered = counted(C.delivered);
    const most = truth.delivered + truth.tied;
    const least = truth.delivered - truth.reopened;
    assert.ok(delivered >= least && delivered <= most, `delivered: ${delivered}, not ${truth.delivered}`);
    const missed = counted(C.missed);
    assert.ok(
      missed >= truth.missed - truth.reopened && missed <= truth.missed,
      `missed: ${missed}, not ${truth.missed}`,
    );
    const gone = counted(C.gone);
    assert.ok(gone >= truth.gone && gone <= truth.gone + truth.tied, `gone: ${gone}, not ${truth.gone}`);
    // What comes in the very microsecond of the end may be before it or after it.
    if (truth.tied + truth.reopened > 0) return;
    const compare = this.#o.isSmall
      ? (count: number, most: number, name: string) => assert.ok(count <= most, `${name}: ${count} > ${most}`)
      : assert.equal;
    // The row of a message that came so late may be another message's by then: only then it belongs to none.
    compare(counted(C.deliveredLate), truth.late, 'delivered late');
    compare(counted(C.redelivered), truth.again, 'redelivered');
    compare(counted(C.replayed), truth.replayed, 'replayed');
  }

  /** The first and the last delivery of each message, and the time between them, are those that connections got. */
  checkTimes(server: FakeServer, lines: readonly Interval[]): void {
    const messages = new Map<number, MessageTimes>();
    this.#truth(
      server,
      () => true,
      ({ sequence, sentUs, openUs, overUs, came }, one) => {
        const message = messages.get(sequence) ?? { afterUs: [], missed: 0, isTied: false };
        messages.set(sequence, message);
        if (one.delivered > 0) message.afterUs.push(came[0]! - sentUs);
        message.missed += one.missed;
        if (openUs === sentUs || overUs === sentUs || came[0] === overUs) message.isTied = true;
      },
    );
    const reached = [...messages.values()].filter(({ afterUs, isTied }) => afterUs.length > 0 || isTied);
    const whole = reached.filter(({ missed, isTied }) => missed === 0 || isTied);
    assertRecorded(lines, 'firstService', reached, ({ afterUs }) => Math.min(...afterUs));
    assertRecorded(lines, 'lastService', whole, ({ afterUs }) => Math.max(...afterUs));
    const spread = whole.filter(({ afterUs, isTied }) => afterUs.length > 1 || isTied);
    assertRecorded(lines, 'spread', spread, ({ afterUs }) => Math.max(...afterUs) - Math.min(...afterUs));
  }

  /** `each`: is told what every connection made of every message. */
  #truth(
    server: FakeServer,
    isOurs: (connection: number) => boolean,
    each: (message: Owed, truth: Truth) => void = () => {},
  ): Truth {
    const truth = noTruth();
    for (const { socket, owed } of this.#owed(server, (to) => to < this.#slowFrom && isOurs(to))) {
      const one = noTruth();
      judge(one, socket, owed);
      each(owed, one);
      for (const name of NAMES) truth[name] += one[name];
    }
    return truth;
  }

  #checkSlow(server: FakeServer, lines: readonly Interval[], isOurs: (connection: number) => boolean): void {
    const { slow } = this.#wire;
    if (slow === undefined) return;
    const owed = [...this.#owed(server, (to) => to >= this.#slowFrom && isOurs(to))].map((each) => each.owed);
    checkSlow(lines, slow, owed, endOf(server.sockets.filter((_, to) => isOurs(to)).flat()));
  }

  /** Every message that is meant for these connections, for each life of each of them. */
  *#owed(
    server: FakeServer,
    isOurs: (connection: number) => boolean,
  ): Generator<{ socket: FakeConnection; owed: Owed }> {
    const said = server.received.flatMap(({ index: publisher, bytes, atUs: sentUs }): Said[] => {
      const { sequence } = JSON.parse(bytes.toString()) as { sequence: number };
      const request = this.#requestOf(publisher, sequence);
      const { reaches } = this.#wire.requests[request]!;
      return reaches === undefined ? [] : [{ sequence, publisher, request, sentUs }];
    });
    const timeoutUs = this.#fanout.timeoutMs * 1000;
    for (const [to, sockets] of server.sockets.entries()) {
      if (!isOurs(to)) continue;
      for (const socket of sockets ?? []) {
        const arrivals = this.#arrivals(socket);
        const openUs = this.#openUs(socket);
        for (const message of said) {
          if (!isMeantFor(this.#fanout, message.request, message.publisher, to)) continue;
          const came = arrivals.get(message.sequence) ?? [];
          yield { socket, owed: { ...message, openUs, overUs: socket.overUs, timeoutUs, came } };
        }
      }
    }
  }

  /** Null if it never was open. */
  #openUs(socket: FakeConnection): number | null {
    return this.#wire.steps.length === 0 ? socket.times.openUs : (this.#readyAfter.get(socket)?.atUs ?? null);
  }

  /** By message: the instants at which an open connection got it. */
  #arrivals(socket: FakeConnection): Map<number, number[]> {
    const from = this.#wire.steps.length === 0 ? 0 : (this.#readyAfter.get(socket)?.got ?? socket.got.length);
    const arrivals = new Map<number, number[]>();
    for (const { bytes, atUs } of socket.got.slice(from)) {
      if (!bytes.includes('"said"')) continue;
      for (const [, digits] of bytes.toString().matchAll(/"sequence":(\d+)/g)) {
        const sequence = Number(digits);
        arrivals.set(sequence, [...(arrivals.get(sequence) ?? []), atUs]);
      }
    }
    return arrivals;
  }
}

const NAMES = ['delivered', 'missed', 'gone', 'late', 'again', 'replayed', 'tied', 'reopened'] as const;
type Truth = Record<(typeof NAMES)[number], number>;
const noTruth = (): Truth => ({
  delivered: 0,
  missed: 0,
  gone: 0,
  late: 0,
  again: 0,
  replayed: 0,
  tied: 0,
  reopened: 0,
});

/** Of one message: how long after it was sent its connections got it, microseconds, and how many missed it. */
interface MessageTimes {
  readonly afterUs: number[];
  missed: number;
  /** A connection ended or opened in the microsecond in which it was sent, or came: nobody knows what was first. */
  isTied: boolean;
}

/** Times are kept as whole microseconds, and in buckets. */
function assertRecorded(
  lines: readonly Interval[],
  name: 'firstService' | 'lastService' | 'spread',
  messages: readonly MessageTimes[],
  timeOf: (message: MessageTimes) => number,
): void {
  const counted = lines.flatMap(({ flow }) => flow.flatMap(({ fanout }) => fanout?.[name] ?? []));
  const recorded = valuesOf(counted);
  const times = messages.filter(({ isTied }) => !isTied).map(timeOf);
  const unsure = messages.length - times.length;
  assert.ok(
    recorded.length >= times.length && recorded.length <= times.length + unsure,
    `${name}: ${recorded.length} times of ${times.length} messages, and ${unsure} that may have one`,
  );
  for (const values of [recorded, times]) values.sort((a, b) => a - b);
  let at = 0;
  for (const us of times) {
    const isNear = (value: number) => Math.abs(value - us) <= 2 + us / 500;
    while (at < recorded.length && !isNear(recorded[at]!) && recorded[at]! < us) at++;
    assert.ok(at < recorded.length && isNear(recorded[at]!), `${name}: ${recorded[at]} us, not ${us}`);
    at++;
  }
}

type Owed = Said & MeantFor;

/** What one life of a connection made of one message. */
function judge(truth: Truth, socket: FakeConnection, { openUs, sentUs, timeoutUs, came }: Owed): void {
  if (openUs === null || openUs > sentUs) {
    truth.replayed += came.length;
    return;
  }
  // Sent in the microsecond in which its last life ended and this one began, it was gone with the last one.
  if (openUs === sentUs) truth.reopened++;
  if (socket.overUs === sentUs || came.includes(socket.overUs)) truth.tied++;
  // A repeat that comes while its connection is closed at the end of the cell belongs to nothing.
  if (came.slice(1).some((atUs) => atUs >= socket.closingUs)) truth.tied++;
  if (socket.overUs <= sentUs) return;
  const [first] = came;
  if (first === undefined || first - sentUs > timeoutUs) {
    // It would have been missed at the end of its timeout.
    if (socket.overUs <= sentUs + timeoutUs) truth.gone++;
    else truth.missed++;
    if (first !== undefined) truth.late++;
  } else truth.delivered++;
  truth.again += Math.max(0, came.length - 1);
}
