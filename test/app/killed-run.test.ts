import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { readKilledRun } from '../../src/app/killed-run.js';
import { openSaved } from '../../src/app/saved-kinds.js';
import type { WsurgeError } from '../../src/errors.js';
import type { Interval } from '../../src/metrics/interval.js';
import { type AgentSecond, agentSecondOf } from '../../src/metrics/seconds/agent-second.js';
import { redactProfile } from '../../src/profile/redact.js';
import { agentLine, intervalLine } from '../../src/store/interval-log.js';
import { parse } from '../profile/fixtures.js';
import { wholeSearch } from '../report/capacity/capacity-fixture.js';
import { documentOf } from '../report/document-fixture.js';
import { countersIn, countsOf, intervalOf } from '../report/run/saved-fixture.js';

const { profile, secrets } = parse(`
target: { url: "ws://127.0.0.1:9/" }
load: [{ name: s, sweep: { connections: [1, 2, 3] }, rate: 5/s }]
warmup: 0s
duration: 2s
`);
const CELLS = ['s/c1-r5', 's/c2-r5', 's/c3-r5'];

const NO_ASSETS = {
  style: '',
  scripts: { run: '', check: '', capacity: '', comparison: '' },
};

/** A folder as a run of one worker leaves it, killed. */
async function left(
  t: TestContext,
  lines: readonly Interval[],
  changes: object = {},
  agents: readonly AgentSecond[] = [],
): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'wsurge-killed-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const { runId, startedAt, labels, tool, environment, target, planHash, seed } = documentOf();
  const facts = { runId, startedAt, labels, tool, environment, target, planHash, seed, schemaVersion: 1 };
  const saved = redactProfile(profile, secrets);
  const run = { ...facts, status: 'running', workers: 1, profile: saved, plan: { cells: CELLS, pacing: 'timer' } };
  await writeFile(path.join(folder, 'run.json'), JSON.stringify({ ...run, ...changes }));
  const told = [...agents.map(agentLine), ...lines.map(intervalLine)];
  await writeFile(path.join(folder, 'intervals.ndjson'), told.join(''));
  return folder;
}

/** Five messages in the second, all answered. */
function second(cell: string, line: number, some: Partial<Interval> = {}): Interval {
  const counters = countersIn({ planned: 5, sent: 5, answered: 5, received: 5 });
  const histograms = {
    response: countsOf(9, 9, 9, 9, 9),
    service: countsOf(9, 9, 9, 9, 9),
    lag: countsOf(1, 1, 1, 1, 1),
  };
  const flow = [{ phase: 'measure' as const, second: line, counters, histograms }];
  return intervalOf({ cell, line, second: line, flow, open: 1, openMin: 1, ...some });
}

function closing(cell: string): Interval {
  return intervalOf({ cell, line: 9, second: 2, elapsedMs: 10, stage: 'close' });
}

describe('what a killed run left', () => {
  it('is whole where another cell came after, in part where none did, and not run where it had not begun', async (t) => {
    const folder = await left(t, [second(CELLS[0]!, 0), second(CELLS[0]!, 1), second(CELLS[1]!, 0)]);
    const { document, timelines } = await readKilledRun(folder);
    assert.deepEqual(
      document.cells.map(({ id, interrupted, flows }) => [id, interrupted, flows[0]!.messages.answered]),
      [
        [CELLS[0], false, 10],
        [CELLS[1], true, 5],
      ],
    );
    assert.deepEqual(document.cells[1]!.phases.at(-2), { name: 'measure', fromMs: 0, toMs: 1000 });
    assert.equal(document.cells[1]!.rate.answeredPerSecond, 5);
    assert.deepEqual(document.notRun, [{ id: CELLS[2], reason: 'not reached' }]);
    assert.equal(document.status, 'crashed');
    assert.equal(document.verdict.passed, false);
    assert.equal(timelines.length, 2);
  });

  it('has the rate of its measured time, behind a warm-up that ends within a second', async (t) => {
    const warm = { ...profile, load: profile.load.map((load) => ({ ...load, warmupMs: 500 })) };
    const connect = intervalOf({ cell: CELLS[0]!, line: 0, second: null, elapsedMs: 60, stage: 'connect' });
    const warmup = intervalOf({ cell: CELLS[0]!, line: 1, second: 0, elapsedMs: 500, stage: 'warmup' });
    const measure = second(CELLS[0]!, 0, { line: 2, second: 0, elapsedMs: 1000, stage: 'measure' });
    const folder = await left(t, [connect, warmup, measure], { profile: redactProfile(warm, secrets) });
    const [cell] = (await readKilledRun(folder)).document.cells;
    assert.deepEqual(cell!.phases.at(-2), { name: 'measure', fromMs: 560, toMs: 1560 });
    assert.equal(cell!.rate.answeredPerSecond, 5);
  });

  it('is whole as well where every worker of the last cell had come to its end', async (t) => {
    const all = CELLS.flatMap((cell) => [second(cell, 0), second(cell, 1), closing(cell)]);
    const { document } = await readKilledRun(await left(t, all));
    assert.deepEqual(
      document.cells.map(({ interrupted }) => interrupted),
      [false, false, false],
    );
    assert.equal(document.status, 'crashed');
  });

  it('is a report of nothing where it was killed before the first line', async (t) => {
    const { document } = await readKilledRun(await left(t, []));
    assert.deepEqual([document.cells.length, document.notRun.length], [0, 3]);
  });

  it('says what it died of, where it could still write that down', async (t) => {
    const folder = await left(t, [second(CELLS[0]!, 0)], { status: 'crashed', error: 'out of luck' });
    const { document } = await readKilledRun(folder);
    assert.match(document.verdict.reasons[0]!.message, /died of an error: out of luck/);
  });

  it('of a fleet is made of the lines of all agents, which tell no worker apart', async (t) => {
    const all = { agent: 'fleet', workers: [0, 3] as const };
    const folder = await left(t, [second(CELLS[0]!, 0, all), second(CELLS[0]!, 1, all)], { workers: 3 });
    const { document } = await readKilledRun(folder);
    const [cell] = document.cells;
    assert.deepEqual([cell!.flows[0]!.messages.answered, cell!.client.workers], [10, []]);
    assert.equal(cell!.rate.answeredPerSecond, 5);
    assert.deepEqual(cell!.laws, []);
  });

  const events = { event: 7, heldBefore: 0, dropped: 0, lostInFlight: 0, refused: 0, held: [], connects: [] };
  const lives = { warmup: { ended: 0, opened: 0 }, measure: { ended: 0, opened: 0 } };
  for (const [what, lines, changes, problem] of [
    ['a cell of no plan', [second('other/c1', 0)], {}, /other\/c1 is no cell of its plan/],
    ['a worker that it had not', [second(CELLS[0]!, 0, { workers: [1, 2] })], {}, /the workers 1 to 1 are none of 1/],
    ['a second beyond any run', [second(CELLS[0]!, 0, { second: 99_999_999 })], {}, /beyond any run/],
    [
      'an event of no plan',
      [second(CELLS[0]!, 0, { turnover: { heldMin: 0, lives, events: [{ ...events, notConnected: [] }] } })],
      {},
      /event of no plan/,
    ],
    ['a start that is no time', [], { startedAt: 'yesterday' }, /no time of its start/],
    ['a target of another shape', [], { target: { url: 7 } }, /target/],
    ['an end, but no result', [], { status: 'complete' }, /is complete, but there is no result\.json/],
    [
      'no plan',
      [],
      { plan: undefined },
      /search for the capacity that was killed.*; or a run of an older version, which named no cells/,
    ],
  ] as const) {
    it(`is refused with ${what}`, async (t) => {
      const folder = await left(t, lines, changes);
      await assert.rejects(readKilledRun(folder), (error: WsurgeError) => {
        assert.equal(error.exitCode, 104);
        assert.match(error.message, problem);
        return true;
      });
    });
  }
});

describe('the folder of another command that was killed says what lies in it, and what to do', () => {
  const turn = { v: 1, round: 1, attempt: 1, invalid: null, failures: [], ended: null, wasKilled: false, tookMs: 5 };
  const turns = ['a', 'b', 'a']
    .map((side, i) => `${JSON.stringify({ ...turn, side, folder: `rounds/0${i + 1}-${side}` })}\n`)
    .join('');

  for (const [what, changes, files, message, next] of [
    ['a check', { planHash: '', workers: 0, plan: undefined }, {}, /of a check that was killed/, /^check again$/],
    ['a search', { plan: undefined }, {}, /of a search for the capacity/, /^search, or run, again$/],
    ['a comparison in its first turn', { asked: {} }, {}, /no turn of it had ended/, /^compare again$/],
    [
      'a comparison',
      { asked: {} },
      { 'turns.ndjson': turns },
      /3 turns had ended, each a run below rounds\//,
      /^go on with the same command line and --resume \S+; .* wsurge report \S+\/rounds\/03-a$/,
    ],
    [
      'a comparison with a hostile turn',
      { asked: {} },
      { 'turns.ndjson': '{"v":1,"folder":"/etc"}\n' },
      /no turn/,
      /again/,
    ],
  ] as const) {
    it(what, async (t) => {
      const folder = await left(t, [], changes);
      for (const [name, text] of Object.entries(files)) await writeFile(path.join(folder, name), text);
      await assert.rejects(openSaved([folder]), (error: WsurgeError) => {
        assert.equal(error.exitCode, 104);
        assert.match(error.message, message);
        assert.match(error.next ?? '', next);
        return true;
      });
    });
  }

  for (const [status, remark] of [
    ['running', /^CRASHED: .*this is what is on the disk/],
    ['crashed', /^CRASHED/],
    ['complete', null],
    ['interrupted', null],
  ] as const) {
    it(`a search whose run.json says ${status}, with the steps that it had done`, async (t) => {
      const folder = await left(t, [], { plan: undefined, status });
      await writeFile(path.join(folder, 'capacity.json'), JSON.stringify(wholeSearch()));
      const saved = await openSaved([folder]);
      if (remark === null) assert.equal(saved.remark, null);
      else assert.match(saved.remark ?? '', remark);
      assert.match([...saved.render('md', NO_ASSETS)[0]!.text].join(''), /2,000 connections|1,240/);
    });
  }
});

describe('what a killed run of a fleet left', () => {
  const own = (agent: string, workers: readonly [number, number], cell: string, line: number) =>
    agentSecondOf(second(cell, line, { agent, workers }));
  const ofFleet = (cell: string, line: number) => second(cell, line, { agent: 'fleet', workers: [0, 3] });

  it('has the agents of each cell with what they told, and says where nobody knows how they ended', async (t) => {
    const lines = [ofFleet(CELLS[0]!, 0), ofFleet(CELLS[1]!, 0)];
    const seconds = [
      own('two', [2, 3], CELLS[0]!, 0),
      own('one', [0, 2], CELLS[0]!, 0),
      own('one', [0, 2], CELLS[0]!, 1),
      own('one', [0, 2], CELLS[1]!, 0),
    ];
    const folder = await left(t, lines, { workers: 3 }, seconds);
    const { document } = await readKilledRun(folder);
    const told = document.cells.map(({ client }) =>
      client.agents!.map(({ agent, workers, status, messages, clock, bus }) => {
        assert.deepEqual([clock, bus], [null, null]);
        return [agent, workers, status, messages!.answered];
      }),
    );
    assert.deepEqual(told, [
      [
        ['one', [0, 2], 'done', 10],
        ['two', [2, 3], 'done', 5],
      ],
      [['one', [0, 2], 'unknown', 5]],
    ]);
    const saved = await openSaved([folder]);
    const text = [...saved.render('md', NO_ASSETS)[0]!.text].join('');
    assert.match(text, /^2 agents made the load$/m);
    assert.match(text, /\| one \| 2 \| 5\.\d* \|.*\| n\/a \| unknown \|/);
  });

  it('has a cell of which one agent told alone, and refuses what is not of its plan', async (t) => {
    const alone = await left(t, [], { workers: 3 }, [own('one', [0, 2], CELLS[0]!, 0)]);
    const { document } = await readKilledRun(alone);
    assert.deepEqual(
      document.cells.map(({ id }) => id),
      [CELLS[0]],
    );
    const beyond = await left(t, [], { workers: 1 }, [own('one', [0, 2], CELLS[0]!, 0)]);
    await assert.rejects(readKilledRun(beyond), /the workers 0 to 1 are none of 1/);
    const other = await left(t, [], { workers: 3 }, [own('one', [0, 2], 'none', 0)]);
    await assert.rejects(readKilledRun(other), /none is no cell of its plan/);
  });
});
