import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { readKilledRun } from '../../src/cli/killed-run.js';
import type { WsurgeError } from '../../src/errors.js';
import type { Interval } from '../../src/metrics/interval.js';
import { redactProfile } from '../../src/profile/redact.js';
import { intervalLine } from '../../src/store/interval-log.js';
import { parse } from '../profile/fixtures.js';
import { documentOf } from '../report/document-fixture.js';
import { countersIn, countsOf, intervalOf } from '../report/saved-fixture.js';

const { profile, secrets } = parse(`
target: { url: "ws://127.0.0.1:9/" }
load: [{ name: s, sweep: { connections: [1, 2, 3] }, rate: 5/s }]
warmup: 0s
duration: 2s
`);
const CELLS = ['s/c1-r5', 's/c2-r5', 's/c3-r5'];

/** A folder as a run of one worker leaves it, killed. */
async function left(t: TestContext, lines: readonly Interval[], changes: object = {}): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'wsurge-killed-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const { runId, startedAt, labels, tool, environment, target, planHash, seed } = documentOf();
  const facts = { runId, startedAt, labels, tool, environment, target, planHash, seed, schemaVersion: 1 };
  const saved = redactProfile(profile, secrets);
  const run = { ...facts, status: 'running', workers: 1, profile: saved, plan: { cells: CELLS, pacing: 'timer' } };
  await writeFile(path.join(folder, 'run.json'), JSON.stringify({ ...run, ...changes }));
  await writeFile(path.join(folder, 'intervals.ndjson'), lines.map(intervalLine).join(''));
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

  const events = { event: 7, heldBefore: 0, dropped: 0, lostInFlight: 0, refused: 0, held: [], connects: [] };
  const lives = { warmup: { ended: 0, opened: 0 }, measure: { ended: 0, opened: 0 } };
  for (const [what, lines, changes, problem] of [
    ['a cell of no plan', [second('other/c1', 0)], {}, /other\/c1 is no cell of its plan/],
    ['a worker that it had not', [second(CELLS[0]!, 0, { worker: 1 })], {}, /worker 1 is none of 1/],
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
    ['no plan', [], { plan: undefined }, /names no cells/],
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
