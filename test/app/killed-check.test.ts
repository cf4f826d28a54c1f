import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { readKilledCheck } from '../../src/app/killed-check.js';
import { openSaved } from '../../src/app/saved-kinds.js';
import { failed, passed, type Scenario } from '../../src/check/check.js';
import type { Found } from '../../src/check/look/server-kind.js';
import { notRun, requiredOf } from '../../src/check/not-run.js';
import type { CheckResult } from '../../src/check/runner.js';
import { buildCheckDocument, type CheckDocument } from '../../src/documents/check-document.js';
import { foundPart } from '../../src/documents/check-found.js';
import { CheckLines, NOT_RUN } from '../../src/documents/check-lines.js';
import { parseCheck } from '../../src/documents/check-schema.js';
import { Redactor } from '../../src/documents/redaction/redact.js';
import type { WsurgeError } from '../../src/errors.js';
import { type CheckLine, checkLine } from '../../src/store/check-log.js';
import { checkDocumentOf } from '../report/check/check-fixture.js';

const NO_ASSETS = { style: '', scripts: { run: '', check: '', capacity: '', comparison: '' } };
const SECRET = 'hunter2-token';
const LINES = new CheckLines({ redactor: new Redactor([SECRET]), foreign: new Redactor([SECRET]) });
const PROFILE = { name: 'shop' };

const never = () => Promise.reject(new Error('it is not run here'));
const SCENARIOS: readonly Scenario[] = [
  {
    ...{ number: 1, name: 'connect', title: 'Connection' },
    checks: [
      { id: '1.1', title: 'a connection opens', isRequired: true, run: never },
      { id: '1.2', title: () => 'a second one opens', isRequired: true, run: never },
    ],
  },
  {
    ...{ number: 5, name: 'close', title: 'Closing' },
    checks: [
      { id: '5.1', title: 'it closes', run: never },
      { id: '5.6', title: 'it shrugs', isRough: true, run: never },
    ],
  },
];
const NONE = new Redactor([]);
const FOUND: Found = {
  ...{ kind: { name: 'silent' }, greeting: null, unasked: null, passedOn: null, subprotocols: [], binary: false },
  ...{ textEnds: null, binaryEnds: null, slowestReplyMs: null, pongMs: null, closeMs: null, tookMs: 5 },
};

/** What is written before the first check; 5.6 is left out by the user. */
function planned(withLoad = false): CheckLine {
  const context = {} as Parameters<typeof notRun>[0]['context'];
  const chosen = { scenarios: SCENARIOS, skip: new Set<string>(), gentle: true, context };
  const run = { scenarios: notRun(chosen, NOT_RUN), serverEnds: [], interrupted: true, tookMs: 0 };
  const times = { startedAt: new Date('2026-11-24T10:15:30Z'), endedAt: new Date('2026-11-24T10:15:32Z') };
  const rest = { run, crashed: true, load: null, redactor: NONE, foreign: NONE, ...times };
  const document = buildCheckDocument({ ...checkDocumentOf('healthy'), ...rest, found: foundPart(FOUND, null, false) });
  return LINES.planned(document, requiredOf(chosen), withLoad);
}

function result(id: string, outcome = passed({ received: '101' })): CheckResult {
  return { id, title: 'what was checked', tookMs: 5, ...outcome };
}

function done(id: string, elapsedMs = 10, outcome = passed({ received: '101' })): CheckLine {
  return LINES.done(result(id, outcome), elapsedMs, null);
}

/** A folder as a check leaves it, killed. */
async function left(t: TestContext, lines: readonly CheckLine[], changes: object = {}): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'wsurge-killed-check-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const { runId, startedAt, labels, tool, environment, target, seed } = checkDocumentOf('healthy');
  const facts = { runId, startedAt, labels, tool, environment, target, seed, planHash: '', workers: 0 };
  const run = { schemaVersion: 1, status: 'running', profile: PROFILE, ...facts, ...changes };
  await writeFile(path.join(folder, 'run.json'), JSON.stringify(run));
  await writeFile(path.join(folder, 'checks.ndjson'), lines.map(checkLine).join(''));
  return folder;
}

function outcomes({ scenarios }: CheckDocument): string[][] {
  return scenarios.map(({ status, checks }) => [
    status,
    ...checks.map((check) => `${check.id} ${check.status}${check.status === 'passed' ? '' : `: ${check.reason}`}`),
  ]);
}

describe('what a killed check left', () => {
  it('is the checks that were done; the others are not run, and say why', async (t) => {
    const folder = await left(t, [planned(), done('1.1', 1500)]);
    const document = await readKilledCheck(folder);
    assert.deepEqual(outcomes(document), [
      ['partly', '1.1 passed', `1.2 skipped: ${NOT_RUN}`],
      [
        'skipped',
        `5.1 skipped: ${NOT_RUN}`,
        '5.6 skipped: left out by --gentle: it sends what breaks the protocol or abuses the server',
      ],
    ]);
    assert.equal(document.status, 'crashed');
    assert.deepEqual([document.verdict.passed, document.verdict.exitCode], [false, 105]);
    assert.deepEqual(document.verdict.checks, { passed: 1, failed: 0, error: 0, skipped: 3 });
    assert.deepEqual([document.tookMs, document.endedAt], [1500, '2026-11-24T10:15:33.500Z']);
    assert.deepEqual([document.load, document.profile], [null, PROFILE]);
    parseCheck(document);
  });

  it('is marked as crashed in every report, and names the checks that were not run', async (t) => {
    const folder = await left(t, [planned(), done('1.1'), done('1.2', 20, failed('no 101', { received: '400' }))]);
    const saved = await openSaved([folder]);
    assert.match(saved.remark ?? '', /^CRASHED: no result in /);
    const text = (format: 'md' | 'html' | 'junit') => [...saved.render(format, NO_ASSETS)[0]!.text].join('');
    const conclusion = /Crashed: wsurge was killed, died of an error, or is still running: 0\/2 scenarios passed/;
    assert.match(text('md'), /\*\*CRASHED\*\*: 0\/2 scenarios/);
    assert.match(text('md'), conclusion);
    assert.match(text('md'), new RegExp(`- 5\\.1 skipped: ${NOT_RUN}`));
    assert.match(text('md'), /1\.2 failed: no 101/);
    assert.match(text('html'), /"word":"CRASHED"/);
    const passing = await openSaved([await left(t, [planned(), done('1.1')])]);
    const junit = [...passing.render('junit', NO_ASSETS)[0]!.text].join('');
    assert.match(junit, /<testcase name="result"[^>]*>\s*<error message="Crashed: /);
    assert.match(text('junit'), new RegExp(`<testcase name="5\\.1 it closes"[^>]*>\\s*<skipped message="${NOT_RUN}`));
  });

  it('gives the exit code of an interrupted check, also where one failed and a load was to come', async (t) => {
    const all = [planned(true), done('1.1'), done('1.2'), done('5.1', 30, failed('it stays open'))];
    const { verdict, load, scenarios } = await readKilledCheck(await left(t, all));
    assert.deepEqual([verdict.passed, verdict.exitCode], [false, 105]);
    assert.deepEqual(
      scenarios.map(({ status }) => status),
      ['passed', 'failed'],
    );
    assert.deepEqual(load, { status: 'failed', reason: 'wsurge ended before the load was measured' });
  });

  it('names the end of a server, and what was set aside until then', async (t) => {
    const end = { check: '1.1', isRough: false, how: 'it exited', after: 'restarted', backMs: 5 } as const;
    const aside = { count: 3, first: 'tick', passedOn: null };
    const document = await readKilledCheck(
      await left(t, [planned(), LINES.done(result('1.1'), 9, aside), LINES.ended(end)]),
    );
    assert.deepEqual(document.serverEnds, [end]);
    assert.deepEqual(document.found?.setAside, { count: 3, first: 'tick' });
    assert.match(document.found?.next ?? '', /--init/);
  });

  it('says what it died of, where that could still be written down', async (t) => {
    const folder = await left(t, [planned(), done('1.1')], { status: 'crashed', error: 'out of luck' });
    const [first, second] = outcomes(await readKilledCheck(folder));
    assert.deepEqual(first, ['partly', '1.1 passed', `1.2 skipped: ${NOT_RUN}: out of luck`]);
    assert.match(second?.[2] ?? '', /left out by --gentle/);
  });

  it('is read up to a torn last line', async (t) => {
    const folder = await left(t, [planned(), done('1.1')]);
    const torn = checkLine(done('1.2'));
    for (const length of [1, torn.length - 1]) {
      await appendFile(path.join(folder, 'checks.ndjson'), torn.slice(0, length));
      const [first] = outcomes(await readKilledCheck(folder));
      assert.deepEqual(first, ['partly', '1.1 passed', `1.2 skipped: ${NOT_RUN}`]);
    }
  });

  it('holds no secret and no control character of a server', async (t) => {
    const outcome = failed(`closed with ${SECRET}`, { received: `\u001b[2J${SECRET}\u202e`, sent: btoa(SECRET) });
    const aside = { count: 1, first: SECRET, passedOn: `x ${SECRET}` };
    const end = { check: '1.1', isRough: false, how: SECRET, after: 'gone', backMs: null } as const;
    const folder = await left(t, [planned(), LINES.done(result('1.1', outcome), 9, aside), LINES.ended(end)]);
    const text = await readFile(path.join(folder, 'checks.ndjson'), 'utf8');
    for (const bad of [SECRET, btoa(SECRET), '\u001b', '\\u001b', '\u202e']) assert.ok(!text.includes(bad), bad);
    assert.match(text, /"reason":"closed with /);
  });

  const first = planned();
  const value = first.value as { document: CheckDocument };
  const plan = (changes: object) => ({ ...first, value: { ...first.value, ...changes } });
  const planOf = (changes: object) => plan({ document: { ...value.document, ...changes } });
  const check = (changes: object) => ({ kind: 'check' as const, value: { ...done('1.1').value, ...changes } });
  const end = { check: '9.9', isRough: false, how: 'it exited', after: 'gone' as const, backMs: null };
  const deep = JSON.parse(`${'{"a":'.repeat(40)}1${'}'.repeat(40)}`) as object;
  for (const [what, lines, changes, problem] of [
    ['no plan in its first line', [done('1.1')], {}, /its first line does not say what was planned/],
    ['two plans', [first, first], {}, /line 2: a second plan/],
    ['a check of no plan', [first, done('9.9')], {}, /line 2: check 9\.9 was not planned/],
    ['a check twice', [first, done('1.1'), done('1.1')], {}, /line 3: check 1\.1 comes a second time/],
    ['an end during no check', [first, LINES.ended(end)], {}, /line 2: check 9\.9 was not planned/],
    ['a line of another version', [first, check({ v: 2 })], {}, /line 2: v: .*it reads 1/],
    ['a check of another shape', [first, check({ check: { id: '1.1', status: 'fine' } })], {}, /line 2: check\./],
    ['a time that ran backwards', [first, check({ elapsedMs: -1 })], {}, /line 2: elapsedMs/],
    ['a plan of another shape', [plan({ required: 'all' })], {}, /line 1: required/],
    ['a document of another shape', [planOf({ scenarios: 7 })], {}, /scenarios/],
    ['a start that is no time', [planOf({ startedAt: 'yesterday' })], {}, /Invalid time/],
    ['a line that nests without end', [first, check({ deep })], {}, /line 2 nests deeper than/],
    ['an end, but no result', [first], { status: 'complete' }, /is complete, but there is no result\.json/],
    ['no line', [], {}, /before its first check; or of an older version/],
  ] as const) {
    it(`is refused with ${what}`, async (t) => {
      await assert.rejects(readKilledCheck(await left(t, lines, changes)), (error: WsurgeError) => {
        assert.equal(error.exitCode, 104);
        assert.match(error.message, problem);
        return true;
      });
    });
  }

  for (const [what, change] of [
    ['is no JSON', (text: string) => text.replace('"v":1', '"v":')],
    ['was changed', (text: string) => text.replace('passed', 'failed')],
  ] as const) {
    it(`is refused where a line before the last one ${what}`, async (t) => {
      const folder = await left(t, [first]);
      const lines = [change(checkLine(done('1.1'))), checkLine(done('1.2'))];
      await appendFile(path.join(folder, 'checks.ndjson'), lines.join(''));
      await assert.rejects(readKilledCheck(folder), /checks\.ndjson: line 2 is damaged/);
    });
  }
});
