import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { EventLog } from '../../src/app/event-log.js';
import type { JudgeCell } from '../../src/app/events.js';
import { toldTo } from '../../src/app/watch.js';
import { Redactor } from '../../src/documents/redaction/redact.js';
import { WsurgeError } from '../../src/errors.js';
import { NO_PROGRESS } from '../campaign/events-fixture.js';
import { cellWith } from '../plan/cell-builder.js';
import { healthyCell } from '../verdict/cell-fixture.js';

const NOW = new Date('2026-11-30T06:40:00.120Z');
const VALID: JudgeCell = () => ({ validity: 'valid', target: 'ok' });

function deps(cwd = '.', secrets: readonly string[] = []) {
  const printed: string[] = [];
  const stdout = { write: (text: string) => void printed.push(text) };
  return { printed, deps: { redactor: new Redactor(secrets), stdout, cwd, now: () => NOW } };
}

/** What `--events -` prints of one cell. */
async function linesOf(secrets: readonly string[] = [], load = 'load') {
  const { printed, deps: given } = deps('.', secrets);
  const log = await EventLog.open('-', given);
  const cell = cellWith({ id: `${load}/c10-r100`, load });
  const about = { cell, role: 'measured', progress: NO_PROGRESS } as const;
  const result = healthyCell({ id: cell.id, load, durationMs: 2000 });
  log.tell({
    ...{ type: 'plan', command: 'run', name: 'my', folder: 'results/x', targets: ['ws://u:p@h/?token=abcd'] },
    ...{ cells: [cell], workers: 1, pacing: 'timer' },
  });
  const sink = toldTo(log, VALID);
  sink({ type: 'cell-start', cell, ordinal: 0 });
  sink({ type: 'phase', phase: 'measure', atMs: 100.4, ...about });
  sink({ type: 'second', phase: 'measure', atMs: 1100, measuredMs: 1000, ...about });
  sink({ type: 'cell', cell, result });
  sink({ type: 'phase', phase: 'connect', atMs: 0, ...about, role: 'baseline' });
  const verdict = { passed: true, exitCode: 0, validity: 'valid', target: 'ok', word: null, answer: null } as const;
  log.tell({ type: 'verdict', ...verdict });
  assert.equal(await log.end(), null);
  return { printed, result, lines: printed.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

test('every line is one JSON object with its version, type and time', async () => {
  const { printed, lines, result } = await linesOf();
  for (const line of printed) assert.match(line, /^\{"v":1,"type":"[a-z]+","at":"2026-11-30T06:40:00\.120Z",.*\}\n$/);
  const seconds = result.seconds.length;
  assert.ok(seconds > 0);
  assert.deepEqual(
    lines.map(({ type }) => type),
    ['plan', 'phase', ...Array.from({ length: seconds }, () => 'second'), 'cell', 'phase', 'verdict'],
  );
  const at = { v: 1, at: NOW.toISOString() };
  assert.deepEqual(lines[1], {
    ...at,
    type: 'phase',
    cell: 'load/c10-r100',
    role: 'measured',
    phase: 'measure',
    atMs: 100,
  });
  const [cell] = lines.filter(({ type }) => type === 'cell');
  const { messages, latencyUs } = result.flows[0]!;
  const { planned, sent, answered, received, lost } = messages;
  const { p50, p95, p99, max } = latencyUs.response!;
  assert.deepEqual(cell, {
    ...{ ...at, type: 'cell', cell: 'load/c10-r100', load: 'load', asked: 100, held: 100 },
    ...{ planned, sent, answered, received, lost, latency: 'response' },
    ...{ p50Us: p50, p95Us: p95, p99Us: p99, maxUs: max },
    ...{ interrupted: false, validity: 'valid', target: 'ok', step: null },
  });
});

test('a turn of a comparison is named in each of its lines', async () => {
  const { printed, deps: given } = deps();
  const log = await EventLog.open('-', given);
  const turn = { round: 2, side: 'b', attempt: 1 } as const;
  const cell = cellWith();
  log.tell({ type: 'phase', phase: 'drain', atMs: 0, cell, role: 'measured', progress: NO_PROGRESS }, turn);
  assert.deepEqual((JSON.parse(printed[0]!) as { turn: unknown }).turn, turn);
});

test('an agent that leaves, and one that is lost, has a line with its cell and why', async () => {
  const { printed, deps: given } = deps('.', ['s3cret', 'agent_lost']);
  const log = await EventLog.open('-', given);
  const about = { type: 'agent-left', cell: cellWith(), role: 'measured' } as const;
  log.tell({ ...about, agent: 'two', workers: [1, 2], how: 'leaving', why: 'SIGTERM' });
  log.tell({ ...about, agent: 'two', workers: [1, 2], how: 'lost', why: 'agent two says s3cret' });
  const ofCell = { cell: cellWith().id, role: 'measured' };
  const at = { v: 1, at: NOW.toISOString() };
  assert.deepEqual(
    printed.map((line) => JSON.parse(line)),
    [
      { ...at, type: 'agent_leaving', agent: 'two', ...ofCell, why: 'SIGTERM' },
      { ...at, type: 'agent_lost', agent: 'two', ...ofCell, why: 'agent two says ***' },
    ],
  );
});

test('secrets are struck out of every text, our own words are not', async () => {
  const { printed, lines } = await linesOf(['measure', 'valid', 'planned', 's3cret-load'], 's3cret-load');
  const text = printed.join('');
  assert.doesNotMatch(text, /s3cret-load|abcd|u:p@/);
  const [phase, cell] = ['phase', 'cell'].map((type) => lines.find((line) => line['type'] === type)!);
  assert.deepEqual([phase!['phase'], cell!['validity'], cell!['load']], ['measure', 'valid', '***']);
  assert.ok('planned' in cell!);
});

async function folder(t: TestContext): Promise<string> {
  const made = await mkdtemp(path.join(os.tmpdir(), 'wsurge-events-'));
  t.after(() => rm(made, { recursive: true, force: true }));
  return made;
}

const REASON = { code: 'x', side: 'client', severity: 'note', cell: null, message: 'm', fix: 'f' } as const;

test('a file is made new, and holds every line once it is ended', async (t) => {
  const cwd = await folder(t);
  const log = await EventLog.open('e.ndjson', deps(cwd).deps);
  for (let i = 0; i < 100; i++) log.tell({ type: 'reason', reason: REASON });
  assert.equal(await log.end(), null);
  const lines = (await readFile(path.join(cwd, 'e.ndjson'), 'utf8')).split('\n');
  assert.deepEqual([lines.length, lines.at(-1)], [101, '']);
});

test('a file that is there already, or cannot be made, is refused with what to do', async (t) => {
  const cwd = await folder(t);
  await writeFile(path.join(cwd, 'there'), 'kept');
  for (const asked of ['there', 'no-such-folder/e.ndjson', '.']) {
    await assert.rejects(EventLog.open(asked, deps(cwd).deps), (error) => {
      assert.ok(error instanceof WsurgeError);
      assert.deepEqual([error.exitCode, error.code], [104, 'events_not_writable']);
      assert.match(error.message, new RegExp(`^--events: cannot write to ${asked}: `));
      assert.match(error.next!, /name a file/);
      return true;
    });
  }
  assert.equal(await readFile(path.join(cwd, 'there'), 'utf8'), 'kept');
});

test('what is refused before anything was told leaves no file in the way', async (t) => {
  const cwd = await folder(t);
  for (let i = 0; i < 2; i++) await (await EventLog.open('e.ndjson', deps(cwd).deps)).end();
  assert.deepEqual(await readdir(cwd), []);
});

test('a device that takes nothing more is named at the end', async () => {
  const log = await EventLog.open('/dev/full', deps().deps);
  log.tell({ type: 'reason', reason: REASON });
  assert.match((await log.end())!, /^\/dev\/full: the disk is full \(ENOSPC\)$/);
});

test('without --events nobody is told', async () => {
  const { printed, deps: given } = deps();
  const log = await EventLog.open(null, given);
  log.tell({ type: 'reason', reason: REASON });
  toldTo(log, VALID)({ type: 'cell', cell: cellWith(), result: healthyCell() });
  assert.deepEqual([await log.end(), printed], [null, []]);
});
