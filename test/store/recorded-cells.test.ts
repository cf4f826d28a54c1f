import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cellsOf } from '../../src/plan/cells.js';
import { redactProfile } from '../../src/profile/redact.js';
import { recordedCells } from '../../src/store/recorded-cells.js';
import type { RunRecord } from '../../src/store/run-record.js';
import { parse } from '../profile/fixtures.js';

const { profile, secrets } = parse(`
target: { url: "ws://127.0.0.1:9/" }
load:
  - { name: a, sweep: { connections: [1, 2], rate: [10/s, 20/s] }, lifetime: 5s, reconnect: immediate }
  - { name: b, model: closed, connections: 3, message: { template: '{"seq": {{sequence}}, "password": "hush"}' } }
`);
const planned = cellsOf(profile);

/** run.json as it is read back. */
function recordWith(changes: object = {}, load: object = {}): RunRecord {
  const saved = structuredClone(redactProfile(profile, secrets)) as { load: object[] };
  saved.load = saved.load.map((each) => ({ ...each, ...load }));
  const plan = { cells: planned.map(({ id }) => id), pacing: 'timer' };
  return { profile: JSON.parse(JSON.stringify(saved)), plan, workers: 2, ...changes } as unknown as RunRecord;
}

describe('the cells of a run.json', () => {
  it('are those that were planned, but for the payloads', () => {
    const bare = (cells: ReturnType<typeof cellsOf>) => cells.map(({ message: _, ...cell }) => cell);
    assert.deepEqual(bare(recordedCells(recordWith())), bare(planned));
  });

  it('are only those that were chosen', () => {
    const cells = [planned[1]!.id];
    assert.deepEqual(
      recordedCells(recordWith({ plan: { cells, pacing: 'timer' } })).map(({ id }) => id),
      cells,
    );
  });

  it('have the steps, rules and requests of the profile, though what they say was struck out', () => {
    const talking = parse(
      `
target: { url: "ws://127.0.0.1:9/" }
protocol: { name: socket.io, namespace: /chat, auth: { token: '\${env:TOKEN}' } }
rooms: 2
session: [{ name: join, to: join, send: ['\${env:TOKEN}'], expect: { ok: true }, capture: { id: $.id } }, { wait: 1s }]
when: [{ has: tick, count: tick }]
requests: [{ name: say, to: say, weight: 3, send: [hush, '{{session.id}}'] }, { name: ask, to: ask, capture: { n: $.n } }]
load: [{ connections: 4, rate: 10/s, senders: 2 }]
`,
      { env: { TOKEN: 'hush-hush' } },
    );
    const own = cellsOf(talking.profile);
    const saved = redactProfile(talking.profile, talking.secrets);
    assert.doesNotMatch(JSON.stringify(saved), /hush/);
    const plan = { cells: own.map(({ id }) => id), pacing: 'timer' };
    const read = recordedCells({
      profile: JSON.parse(JSON.stringify(saved)),
      plan,
      workers: 1,
    } as unknown as RunRecord);
    const hidden = JSON.parse(JSON.stringify(own[0]!.wire).replaceAll(/hush(-hush)?/g, '***'));
    assert.deepEqual(JSON.parse(JSON.stringify(read[0]!.wire)), hidden);
  });

  it('of a run before there were sessions have none', () => {
    const { protocol: _, ...old } = JSON.parse(JSON.stringify(redactProfile(profile, secrets)));
    for (const load of old.load) delete load.talk;
    const cells = recordedCells(recordWith({ profile: old }));
    assert.deepEqual([cells.length, cells.some((cell) => 'wire' in cell)], [planned.length, false]);
  });

  for (const [what, record, problem] of [
    ['names no cells', recordWith({ plan: undefined }), /names no cells/],
    ['has no loads', recordWith({ profile: 1 }), /profile/],
    ['has a number too large', recordWith({}, { warmupMs: 2 ** 62 }), /profile\.load\.0\.warmupMs/],
    ['has lives of no length', recordWith({}, { lifetime: { kind: 'fixed', meanMs: 0 } }), /lifetime\.meanMs/],
    ['asks for a million workers', recordWith({ workers: 1e6 }), /1000000 workers/],
    [
      'asks for more cells than memory holds',
      recordWith(
        {},
        {
          connections: Array.from({ length: 500 }, () => ({ from: 1, to: 1 })),
          rates: new Array(500).fill({ from: 1, to: 1 }),
        },
      ),
      /500000 cells/,
    ],
  ] as const) {
    it(`are refused where it ${what}`, () => {
      assert.throws(() => recordedCells(record), problem);
    });
  }
});
