import assert from 'node:assert/strict';
import type { Wire, WireKey, WireMatch, WireRequest, WireRule, WireStep } from '../../src/dialect/wire.js';
import type { CellResult } from '../../src/metrics/cell-result.js';
import type { Interval } from '../../src/metrics/interval.js';
import { plannedByRequest } from '../../src/metrics/planned.js';
import type { Cell } from '../../src/plan/cell.js';
import type { BoardLayout } from '../../src/plan/fanout.js';
import type { Rng } from '../../src/stats/rng.js';
import { requestWith, stepWith, wireWith } from '../plan/wire-builder.js';
import type { Answer, FakeConnection, FakeServer, FakeServerOptions } from './fake-server.js';

const SEPARATOR = 0x1e;
const UNREAD_BYTES = 2 ** 20;

/** What the connections of a random cell say, and a server that understands it and is as unreliable as the others. */
export interface Talk {
  readonly wire: Wire;
  /** What differs from the usual board. */
  readonly board?: Partial<BoardLayout>;
  readonly server: Pick<FakeServerOptions, 'greet' | 'hears'> & Partial<Pick<FakeServerOptions, 'answer' | 'bundleMs'>>;
  /** Throws if the server saw what must not happen. Of a cell in which no worker died. */
  check?(server: FakeServer, lines: readonly Interval[], cell: Cell, result: CellResult): void;
  /** The same of one worker that did not die. */
  checkWorker?(server: FakeServer, lines: readonly Interval[], worker: number, workers: number): void;
  /** Of a run that came to its end with all of its workers. */
  checkWhole?(server: FakeServer, lines: readonly Interval[]): void;
}

/** A message of the plan as the server reads it. */
interface Heard {
  readonly sequence: number;
  readonly type: string;
  readonly token?: string;
  readonly id?: string;
}

export function randomTalk(rng: Rng, cell: Cell): Talk {
  const hasRequests = cell.model !== 'listen' && cell.reply.match === 'sequence' && rng.below(4) > 0;
  const hasSession = !hasRequests || rng.below(3) > 0;
  const hasRules = rng.below(4) > 0;
  const key = hasRequests ? randomKey(rng) : ({ kind: 'field', field: 'sequence' } as const);
  const separator = hasRequests && rng.below(3) === 0 ? SEPARATOR : null;
  const wire = wireWith({
    ...{ key, separator },
    steps: hasSession ? randomSteps(rng) : [],
    rules: hasRules ? RULES : [],
    requests: hasRequests ? randomRequests(rng, key, hasSession, separator) : [],
    pick: rng.below(2) === 0 ? 'in turn' : 'weighted',
    beat: rng.below(4) === 0 ? { everyMs: 50 + rng.below(300), send: '{"type":"beat","room":"{{room}}"}' } : null,
    rooms: rng.below(2) === 0 ? null : 1 + rng.below(5),
    senders: rng.below(4) === 0 ? 1 + rng.below(cell.connections.from) : null,
  });
  const server = new TalkingServer(rng, wire, hasSession, hasRules, cell.connections.to);
  return {
    wire,
    server: {
      greet: (connection) => server.greet(connection),
      hears: (connection, text) => server.hears(connection, text),
      ...(hasRequests ? { answer: (_: number, ...of: [Buffer, FakeConnection]) => server.answer(...of) } : {}),
    },
    check: (fake, lines, spoken) => server.check(fake, lines, spoken),
  };
}

/** The plan of a cell by request is the same for any number of workers. */
function assertSamePlan(cell: Cell): void {
  const planned = (workers: number) => {
    const shards = Array.from({ length: workers }, (_, worker) => plannedByRequest(cell, worker, workers).requests);
    return cell.wire!.requests.map((_, request) => shards.reduce((sum, shard) => sum + shard[request]!.measure, 0));
  };
  for (const workers of [2, 3, 4]) assert.deepEqual(planned(workers), planned(1), `${workers} workers`);
}

const RULES: readonly WireRule[] = [
  { name: 'ping', means: 'duty', match: { members: { type: '"ping"' } }, send: '{"type":"pong"}' },
  { name: 'tick', means: 'count', match: { has: ['"type":"tick"'] }, send: null },
  { name: 'done', means: 'trailer', match: { members: { type: '"done"' } }, send: null },
  { name: 'error', means: 'fails', match: { has: ['"error":'] }, send: null },
];

function randomKey(rng: Rng): WireKey {
  switch (rng.below(3)) {
    case 0:
      return { kind: 'field', field: 'sequence' };
    case 1:
      return { kind: 'member', name: 'sequence' };
    default:
      return { kind: 'starts', marker: 'R' };
  }
}

function randomSteps(rng: Rng): WireStep[] {
  const timeoutMs = rng.below(3) === 0 ? null : 20 + rng.below(200);
  const hello = ([{ members: { type: '"hello"' } }, { has: ['"hello"'] }, { starts: '{"type":"hello"' }] as const)[
    rng.below(3)
  ]!;
  return [
    stepWith('hello', { expect: hello, timeoutMs }),
    stepWith('login', {
      timed: true,
      send: '{"type":"login","n":{{stepId}}}',
      expect: { json: { at: [], subset: '{"type":"welcome"}' } },
      refusals: [{ match: { members: { type: '"denied"' } }, code: 'DENIED' }],
      captures: [{ name: 'token', path: ['you', 'token'] }],
      ...{ timeoutMs, waitMs: rng.below(3) === 0 ? rng.below(20) : 0 },
    }),
    stepWith('join', {
      timed: rng.below(2) === 0,
      send: '{"type":"join","k":{{step}}}',
      expect: { json: { at: [], subset: '{"type":"joined","k":{{v0:step}}}' } },
      repeat: 1 + rng.below(3),
      timeoutMs,
    }),
  ];
}

function randomRequests(rng: Rng, key: WireKey, hasSession: boolean, separator: number | null): WireRequest[] {
  const token = hasSession ? ',"token":{{v0:session.token}}' : '';
  const end = separator === null ? '' : String.fromCharCode(separator);
  const send = (name: string, more = '') => {
    const body = `"type":"${name}"${token}${more}}`;
    return `${key.kind === 'starts' ? `M{{sequence}}{${body}` : `{"sequence":{{sequence}},${body}`}${end}`;
  };
  // Where the JSON of a reply begins is said by a match.
  const base: WireMatch | null = key.kind === 'starts' ? { starts: 'R{{sequence}}' } : null;
  const requests: WireRequest[] = [];
  if (rng.below(2) === 0) {
    const captures = [{ name: 'id', path: ['id'] }];
    requests.push(requestWith('create', send('create'), { captures, expect: base, weight: 1 + rng.below(3) }));
    requests.push(requestWith('use', send('use', ',"id":{{v0:session.id}}'), { weight: 1 + rng.below(3) }));
  }
  for (let i = 0; i <= rng.below(3); i++) {
    const expect = { ...base, json: { at: ['ok'], subset: 'true' } };
    const name = `r${i}`;
    requests.push(requestWith(name, send(name), { expect: rng.below(2) === 0 ? null : expect, weight: i + 1 }));
  }
  return requests;
}

class TalkingServer {
  readonly #rng: Rng;
  readonly #wire: Wire;
  readonly #hasSession: boolean;
  readonly #hasRules: boolean;
  readonly #connections: number;
  /** The token of each connection that was welcomed. */
  readonly #tokens = new Map<FakeConnection, string>();
  /** The ids that were asked for on each connection. */
  readonly #given = new Map<FakeConnection, Set<string>>();
  readonly #wrong: string[] = [];
  #lives = 0;
  /** Pings to sockets that do not take bytes. */
  #unanswerable = 0;

  constructor(rng: Rng, wire: Wire, hasSession: boolean, hasRules: boolean, connections: number) {
    this.#rng = rng;
    this.#wire = wire;
    this.#hasSession = hasSession;
    this.#hasRules = hasRules;
    this.#connections = connections;
  }

  greet(connection: FakeConnection): void {
    if (!this.#hasSession) return;
    this.#push(connection);
    if (this.#rng.below(40) > 0) this.#say(connection, this.#rng.below(20), ['{"type":"hello"}']);
  }

  hears(connection: FakeConnection, text: string): void {
    const heard = JSON.parse(text) as { type: string; k?: number };
    if (heard.type === 'login') this.#login(connection);
    if (heard.type !== 'join') return;
    const joined = `{"type":"joined","k":${heard.k}}`;
    if (this.#rng.below(50) === 0) return;
    this.#say(connection, this.#rng.below(10), this.#rng.below(20) === 0 ? [joined, joined] : [joined]);
  }

  #login(connection: FakeConnection): void {
    const afterMs = this.#rng.below(20);
    this.#push(connection);
    switch (this.#rng.below(40)) {
      case 0:
        return;
      case 1:
        return connection.later(afterMs, () => connection.drop(4401));
      case 2:
        return this.#say(connection, afterMs, ['{"type":"denied","why":"no"}']);
      case 3:
        return this.#say(connection, afterMs, ['{"type":"welcome"}']);
    }
    const token = `token ${this.#lives++}`;
    this.#tokens.set(connection, token);
    this.#say(connection, afterMs, [`{"type":"welcome","you":{"token":"${token}"}}`]);
  }

  answer(bytes: Buffer, connection: FakeConnection): Answer[] {
    const heard = readMessage(bytes);
    this.#judge(connection, heard);
    const afterMs = this.#rng.below(8) === 0 ? this.#rng.below(700) : this.#rng.below(10);
    const reply = (more: string) => this.#reply(heard.sequence, more);
    const good = reply(`"ok":true,"id":"${idOf(heard.sequence)}"`);
    switch (this.#rng.below(30)) {
      case 0:
        return [];
      case 1:
        return [...this.#answers(afterMs, [good]), ...this.#answers(afterMs + this.#rng.below(500), [good])];
      case 2:
        return this.#answers(afterMs, [good]).map((answer) => ({ ...answer, to: this.#rng.below(this.#connections) }));
      case 3:
        return this.#answers(afterMs, [reply('"ok":false')]);
      case 4:
        return this.#answers(afterMs, [reply('"error":"no"')]);
      case 5:
        this.#push(connection);
        return this.#answers(afterMs, this.#hasRules ? [good, '{"type":"done"}'] : [good, 'hello']);
      case 6:
        return this.#answers(afterMs, ['R12', good, '{"sequence":1']);
      default:
        return this.#answers(afterMs, [good]);
    }
  }

  check({ heard }: FakeServer, lines: readonly Interval[], cell: Cell): void {
    assert.deepEqual(this.#wrong, []);
    const duties = lines.reduce((sum, line) => sum + (line.ruled?.[0] ?? 0), 0);
    const pongs = heard.filter(({ text }) => text === '{"type":"pong"}').length;
    assert.ok(pongs <= duties && pongs >= duties - this.#unanswerable, `${duties} duties, ${pongs} done`);
    const beats = heard.filter(({ text }) => text.includes('beat'));
    for (const { index, text } of beats) {
      const { rooms } = this.#wire;
      assert.equal(text, `{"type":"beat","room":"${rooms === null ? '{{room}}' : index % rooms}"}`);
    }
    assertSamePlan(cell);
  }

  /** Only those send whose session is ready, and each says what it was told itself. */
  #judge(connection: FakeConnection, { sequence, type, token, id }: Heard): void {
    if (this.#hasSession && token !== this.#tokens.get(connection)) this.#wrong.push(`${type} with ${token}`);
    if (!this.#given.has(connection)) this.#given.set(connection, new Set());
    if (type === 'create') this.#given.get(connection)!.add(idOf(sequence));
    if (type !== 'use') return;
    if (!this.#given.get(connection)!.has(id!)) {
      this.#wrong.push(`use ${sequence} on connection ${connection.number} with ${id}`);
    }
  }

  #reply(sequence: number, more: string): string {
    return this.#wire.key.kind === 'starts' ? `R${sequence}{${more}}` : `{"sequence":${sequence},${more}}`;
  }

  #answers(afterMs: number, messages: readonly string[]): Answer[] {
    return this.#frames(messages).map((bytes) => ({ afterMs, bytes }));
  }

  #say(connection: FakeConnection, afterMs: number, messages: readonly string[]): void {
    connection.later(afterMs, () => {
      for (const frame of this.#frames(messages)) connection.deliver(frame);
    });
  }

  #frames(messages: readonly string[]): Buffer[] {
    const { separator } = this.#wire;
    if (separator === null) return messages.map((message) => Buffer.from(message));
    if (separator === 'array') return [Buffer.from(`[${messages.join(',')}]`)];
    if (typeof separator === 'object') throw new Error('binary messages are simulated elsewhere');
    const end = String.fromCharCode(separator === 'headed' ? 0 : separator);
    // An empty message is none, and what follows the last separator is one.
    return [
      Buffer.from(messages.join(this.#rng.below(4) === 0 ? end + end : end) + (this.#rng.below(2) === 0 ? end : '')),
    ];
  }

  /** What nobody asked for. */
  #push(connection: FakeConnection): void {
    if (!this.#hasRules) return;
    for (let i = this.#rng.below(4); i > 0; i--) {
      const isPing = this.#rng.below(2) === 0;
      connection.later(this.#rng.below(40), () => {
        if (isPing && connection.bufferedBytes > UNREAD_BYTES) this.#unanswerable++;
        for (const frame of this.#frames([isPing ? '{"type":"ping"}' : '{"type":"tick"}'])) connection.deliver(frame);
      });
    }
  }
}

function idOf(sequence: number): string {
  return `id ${sequence - 1_000_000_000}`;
}

function readMessage(bytes: Buffer): Heard {
  const text = String(bytes).replace(String.fromCharCode(SEPARATOR), '');
  const [, sequence, body] = /^(?:M(\d{10}))?(\{.*\})$/.exec(text) ?? [];
  assert.ok(body !== undefined, `not understood: ${bytes}`);
  const heard = JSON.parse(body) as Heard;
  return sequence === undefined ? heard : { ...heard, sequence: Number(sequence) };
}
