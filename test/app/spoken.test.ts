import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { spokenBy } from '../../src/app/spoken.js';
import { plannedByRequest } from '../../src/metrics/planned.js';
import { cellsOf } from '../../src/plan/cells.js';
import { mixOf } from '../../src/plan/mix.js';
import { payloadSource } from '../../src/plan/payload.js';
import type { Env } from '../../src/profile/interpolate.js';
import type { Spoken } from '../../src/report/run/plan-summary.js';
import { parse } from '../profile/fixtures.js';

const files = { 'dir/users.csv': 'name,token\nann,secret-token\nbob,other-token\n' };

function says(text: string, env: Env = {}): (Spoken | null)[] {
  const parsed = parse(text, { files, env });
  return spokenBy(parsed, cellsOf(parsed.profile), env);
}

const CHAT = `
target: { url: ws://127.0.0.1:3000/ }
protocol: { name: socket.io, auth: { name: '{{data.name}}', token: '{{data.token}}' } }
data: users.csv
rooms: 2
session:
  - { repeat: 3, to: watch, send: ['S{{step}}'], expect: { ok: true } }
  - { name: join, to: join, send: ['room-{{room}}', "\\u001b[31m"], capture: { nick: $.nick }, wait: 50ms }
load:
  - name: chat
    connections: 7
    sweep: { rate: [100/s, 200/s] }
    arrival: poisson
    duration: 2s
    requests:
      - { name: say, to: say, send: ['{{room}}', '{{session.nick}}', '{{env.WHO}}'] }
      - { name: ask, weight: 4, to: ask, expect: { n: '{{sequence}}' }, capture: { id: $.id } }
`;
const env = { WHO: 'somebody' };

describe('what connection 0 would say', () => {
  it('is each step, its own and those of the protocol, with tokens filled in as in a session', () => {
    const { steps, protocol } = says(CHAT, env)[0]!;
    assert.equal(protocol, 'socket.io');
    assert.deepEqual(
      steps.map(({ name, sends, expects, captures, waitMs, repeat }) => [
        name,
        sends,
        expects,
        captures,
        waitMs,
        repeat,
      ]),
      [
        ['handshake', null, 'begins with 0{', [], 0, 1],
        ['connect', '40{"name":"ann","token":"***"}', 'begins with 40', [], 0, 1],
        ['1', '423["watch","S0"]', 'begins with 433, and holds {"ok":true} at $[0]', [], 0, 3],
        // The repeated step had the numbers 3 to 5. What could colour a screen is escaped twice: by JSON, and here.
        ['join', '426["join","room-0","\\u001b[31m"]', 'begins with 436', ['nick'], 50, 1],
      ],
    );
  });

  it('is each request; what the server says first stays a token, and a variable is struck out', () => {
    const [first] = says(CHAT, env);
    const [say, ask] = first!.requests;
    const number = /^42(\d{10})\[/.exec(say!.sends!)![1];
    assert.equal(say!.sends, `42${number}["say",0,{{session.nick}},"***"]`);
    const asked = /^42(\d{10})\["ask"\]$/.exec(ask!.sends!)![1];
    assert.ok(ask!.expects!.endsWith(`holds {"n":${asked}} at $[0]`), ask!.expects!);
    assert.deepEqual([say!.captures, ask!.captures, ask!.weight, first!.pick], [[], ['id'], 4, 'weighted']);
  });

  it('has the numbers and bytes that a worker gives the first such message', () => {
    const text = `
rooms: 3
requests: [{ name: a, send: { n: '{{sequence}}', r: '{{room}}' } }, { name: b, send: 'x {{connection}} {{sequence}}' }]
load: [{ connections: 5, rate: 10/s }]`;
    const { profile } = parse(text);
    const [cell] = cellsOf(profile);
    const mix = mixOf(cell!)!;
    const mixed = { requests: cell!.wire!.requests, mix };
    const source = payloadSource({
      ...{ message: cell!.message, connections: 5, seed: 1, env: {}, data: [] },
      mixed,
      rooms: 3,
    });
    const first = (request: number) => Array.from({ length: 99 }, (_, k) => k).find((k) => mix(0, k) === request)!;
    assert.deepEqual(
      says(text)[0]!.requests.map(({ sends }) => sends),
      [0, 1].map((request) => source.bytes(0, first(request)).toString()),
    );
  });

  it('counts the messages of each request exactly, whatever the number of workers', () => {
    const cells = cellsOf(parse(CHAT, { files, env }).profile);
    for (const [index, spoken] of says(CHAT, env).entries()) {
      const shards = [0, 1, 2].map((worker) => plannedByRequest(cells[index]!, worker, 3));
      const sum = (request: number, phase: 'warmup' | 'measure') =>
        shards.reduce((total, { requests }) => total + requests[request]![phase], 0);
      const wanted = [0, 1].map((request) => ({ warmup: sum(request, 'warmup'), measure: sum(request, 'measure') }));
      assert.deepEqual(
        spoken!.requests.map(({ planned }) => planned),
        wanted,
      );
      assert.ok(wanted.every(({ measure }) => measure > 0));
    }
  });

  it('says who receives what is sent to many, and how many deliveries that makes', () => {
    const text = (senders: string) => `
target: { url: ws://h/ }
protocol: socket.io
rooms: 3
${senders}
requests:
  - { name: say, to: say, send: ['{{sequence}}'], reaches: room, reply: none }
  - { name: tell, to: tell, send: ['{{sequence}}'], reaches: others }
  - { name: ask, to: ask }
load: [{ connections: 10, rate: 300/s, warmup: 1s, duration: 2s, arrival: poisson }]`;
    const reachesOf = (senders: string) => says(text(senders))[0]!.requests.map(({ reaches }) => reaches);
    const [say, tell, ask] = reachesOf('');
    assert.deepEqual([say!.whom, say!.fewest, say!.most], ['room', 3, 4]);
    assert.deepEqual([tell!.isInRooms, tell!.fewest, tell!.most, ask], [true, 2, 3, undefined]);
    const one = says(text('senders: 1'))[0]!.requests;
    for (const [index, each] of [4, 3].entries()) {
      const { planned, reaches } = one[index]!;
      const wanted = { warmup: planned!.warmup * each, measure: planned!.measure * each };
      assert.deepEqual([reaches!.fewest, reaches!.most, reaches!.deliveries], [each, each, wanted]);
    }
    assert.deepEqual([one[0]!.silent, say!.isAtMost], [true, false]);
    assert.match(one[0]!.sends!, /^42\["say",\d{10}\]$/);
  });

  it('is the message of a load without requests', () => {
    const text = `rooms: 2\nload: [{ connections: 3, rate: 10/s, message: { template: '{{sequence}} in {{room}}' } }]`;
    const [spoken] = says(text);
    assert.deepEqual(spoken!.requests, [
      {
        ...{ name: 'message', weight: 1, sends: '1000000000 in 0', expects: null, captures: [] },
        planned: { warmup: 10, measure: 100 },
      },
    ]);
  });

  it('is not counted where replies set the pace, and where there are too many messages', () => {
    const requests = "requests: [{ name: a, send: '{{sequence}}' }]\n";
    const planned = (load: string) => says(`${requests}load: [{ connections: 3, ${load} }]`)[0]!.requests[0]!.planned;
    assert.equal(planned('model: closed'), null);
    assert.equal(planned('rate: 1000000/s, duration: 1m'), null);
  });

  it('is nothing where the profile has no word about it', () => {
    assert.deepEqual(says('load: [{ connections: 3, rate: 10/s }]'), [null]);
    const silent = 'target: { url: ws://h/ }\nprotocol: graphql-ws\nload: [{ connections: 3, rate: 0 }]';
    assert.deepEqual(says(silent)[0]!.requests, []);
  });
});
