import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { CheckResult } from '../../src/check/runner.js';
import { SCENARIOS } from '../../src/check/scenarios.js';
import type { CheckDocument } from '../../src/documents/check-document.js';
import { runCli } from '../e2e/run-cli.js';
import { skipUnlessPeers, skipWithout } from '../needs.js';
import { further as oneMore } from '../share.js';
import { type Findings, idsIn, mayVary, statusesOf } from './findings.js';
import { REAL_PEERS } from './real-peers.js';

/** Most of a check is waiting. */
const AT_ONCE = 3;
/** More are noise that nobody reads, and none of them may be wrong. */
const MOST_FAILURES = 2;

interface Found {
  readonly checks: readonly CheckResult[];
  /** What was printed beside the report, with what kind of server it is. */
  readonly said: string;
}

async function check(args: readonly string[]): Promise<Found> {
  const { stdout, stderr } = await runCli(['check', '--quick', '--json', ...args]);
  assert.notEqual(stdout, '', stderr);
  const { scenarios } = JSON.parse(stdout) as CheckDocument;
  return { checks: scenarios.flatMap((scenario) => scenario.checks), said: stderr };
}

/** Asks that each check has the status that is written down. */
function assertFound({ checks }: Found, findings: Findings): void {
  const wanted = statusesOf(findings);
  assert.deepEqual(checks.map(({ id }) => id).sort(), Object.keys(wanted).sort());
  const differing = checks.flatMap((each) => {
    const { id, status } = each;
    const reason = each.status === 'passed' ? '' : each.reason;
    if (status === wanted[id] || mayVary(id, status, reason)) return [];
    return [`${id} ${status}, not ${wanted[id]}: ${reason}`];
  });
  assert.deepEqual(differing, []);
}

describe('wsurge check', { concurrency: AT_ONCE }, async () => {
  const begun = new Set<string | null>();
  for (const { name, needs, start, kind, findings, further } of REAL_PEERS) {
    const lacking = needs === null ? skipUnlessPeers() : await skipWithout(needs);
    // One server of each tool is enough for `npm test`: each check waits for seconds.
    const skip = lacking === false && begun.has(needs) ? oneMore.skip : lacking;
    begun.add(needs);
    it(`says of ${name} what is true of it`, { skip }, async () => {
      const { args, stop } = await start();
      try {
        const found = await check(args);
        if (kind !== null) assert.match(found.said, kind);
        assertFound(found, findings);
      } finally {
        await stop();
      }
    });
    if (further === undefined) continue;
    it(`says of ${name} what is true of it with the profile that --init writes and ${further.what}`, {
      skip: lacking === false ? oneMore.skip : lacking,
    }, async () => {
      const { args, stop } = await start();
      const folder = mkdtempSync(path.join(tmpdir(), 'wsurge-peers-'));
      try {
        const file = path.join(folder, 'profile.yaml');
        const { code, stderr } = await runCli(['check', '--init', file, ...args]);
        assert.equal(code, 0, stderr);
        assertFound(await check([file, ...further.flags]), further.findings);
      } finally {
        await stop();
        rmSync(folder, { recursive: true, force: true });
      }
    });
  }
});

describe('the findings written down', () => {
  const written = REAL_PEERS.flatMap(({ name, findings, further }) => [
    { name, findings },
    ...(further === undefined ? [] : [{ name: `${name} with a profile`, findings: further.findings }]),
  ]);
  for (const { name, findings } of written) {
    it(`of ${name} name every check once, and at most ${MOST_FAILURES} failures, each with its reason`, () => {
      const all = SCENARIOS.flatMap(({ checks }) => checks.map(({ id }) => id));
      assert.deepEqual(Object.keys(statusesOf(findings)).sort(), all.sort());
      const reasons = Object.values(findings.failed);
      assert.ok(reasons.length <= MOST_FAILURES && reasons.every((reason) => reason.length > 20), reasons.join('; '));
    });
  }

  it('are refused where they leave one out or name one twice', () => {
    const whole = { passed: '1.1-8.12', failed: {}, skipped: 'S.1-S.9', error: '' };
    assert.equal(statusesOf(whole)['8.12'], 'passed');
    assert.throws(() => statusesOf({ ...whole, passed: '1.2-8.12' }), /in no list: 1\.1/);
    assert.throws(() => statusesOf({ ...whole, failed: { '2.3': 'why' } }), /2\.3 is both passed and failed/);
    assert.throws(() => idsIn('9.9'), /"9\.9" names no checks/);
    assert.throws(() => idsIn('2.3-2.1'), /names no checks/);
  });

  it('excuse what a busy machine decides, and nothing else', () => {
    assert.ok(mayVary('4.2', 'failed', 'replies came at 168 a second, not 500; replies stalled for 1.5 s'));
    assert.ok(!mayVary('4.2', 'failed', 'replies stalled for 1.5 s'));
    assert.ok(!mayVary('4.2', 'failed', 'replies: 2 too many: no number, no number'));
    assert.ok(mayVary('2.7', 'skipped', 'this machine sent only 91 a second, not 100'));
    assert.ok(!mayVary('2.7', 'failed', 'this machine sent only 91 a second, not 100'));
    assert.ok(!mayVary('2.7', 'skipped', 'not promised'));
    assert.ok(!mayVary('5.1', 'failed', 'the close is not echoed'));
  });
});
