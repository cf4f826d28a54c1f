import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { jsonReporter } from '../../src/report/run/json.js';
import { documentOf } from '../report/document-fixture.js';
import { healthyCell, withWorker } from '../verdict/cell-fixture.js';
import { play, temporaryRoot } from './saved-run-fixture.js';

const root = temporaryRoot('history-cli');

/** A saved night; `factor` stretches its service times. */
function night(number: number, factor: number, invalid = false, some: object = {}): string {
  const name = `night${String(number).padStart(2, '0')}`;
  const serviceUs = Array.from({ length: 97 }, (_, i) =>
    Math.round((1000 + i) * factor * (1 + 0.01 * Math.sin(number * 7))),
  );
  const healthy = healthyCell({ connections: 10, rate: 100, serviceUs });
  const cells = [invalid ? withWorker(healthy, { busy: 0.95 }) : healthy];
  const startedAt = new Date(1.76e12 + number * 864e5);
  mkdirSync(path.join(root, name), { recursive: true });
  const labels = { branch: 'main' };
  writeFileSync(
    path.join(root, name, 'result.json'),
    jsonReporter.render({ ...documentOf({ runId: name, startedAt, cells, labels, thresholds: [] }), ...some }),
  );
  return name;
}

async function run(
  env: Record<string, string>,
  ...args: string[]
): Promise<{ code: number; out: string; err: string }> {
  const { code, stdout: out, stderr: err } = await play(['history', ...args], root, env);
  return { code, out, err };
}

describe('wsurge history', () => {
  it('adds nights, checks them, and shows where they moved', async () => {
    const calm = Array.from({ length: 15 }, (_, i) => night(i, 1));
    const added = await run({ GITHUB_SHA: 'abc123' }, 'add', ...calm, night(90, 9, true));
    assert.deepEqual([added.code, added.out.split('\n').length], [0, 17]);
    assert.match(readFileSync(path.join(root, 'history.ndjson'), 'utf8'), /"commit":"abc123","branch":"main"/);
    assert.match(
      (await run({}, 'show')).out.replaceAll(/\s+/g, ' '),
      /compared as measured: none of them has a lower end \(an older version, or no instrument check\)/,
    );
    assert.deepEqual(await run({}, 'check', '-q'), { code: 0, out: '', err: '' });
    assert.match((await run({}, 'add', calm[0]!)).out, /already/);
    await run({}, 'add', ...[15, 16, 17].map((i) => night(i, 1.3)), '--commit', 'bad');
    const check = await run({}, 'check');
    assert.equal(check.code, 99);
    assert.match(check.out.replaceAll(/\s+/g, ' '), /ALERT \+2\d\.\d % .* for the worse since .* commit bad/);
    const { code, out } = await run({}, 'show');
    assert.equal(code, 0);
    assert.match(out, /^ {2}[▁▂▃▄▅▆▇█]{18}\n {17}\^$/m);
    assert.ok(out.split('\n').every((line) => line.length <= 80));
    const lenient = await run({}, 'check', '--margin', 'p50=40%,p99=40%', '-q');
    assert.equal(lenient.code, 0);
    const json = JSON.parse((await run({}, 'check', '--json')).out);
    assert.deepEqual([json.kind, json.exitCode, json.trends[0].changes[0].index], ['history', 99, 15]);
  });

  describe('where the machine changes', () => {
    const { environment } = documentOf();
    const changed = (some: object) => ({
      environment: { generators: environment.generators.map((one) => ({ ...one, ...some })) },
    });
    const kernel = changed({ kernel: 'Linux 9.9.9 x64' });
    let files = 0;
    async function checked(before: number, after: number, factor: number, what: object) {
      const file = `machine${++files}.ndjson`;
      const from = files * 100 + 100;
      const nights = [
        ...Array.from({ length: before }, (_, i) => night(from + i, 1)),
        ...Array.from({ length: after }, (_, i) => night(from + before + i, factor, false, what)),
      ];
      await run({}, 'add', ...nights, '--file', file);
      const [text, json, quiet] = [[], ['--json'], ['-q']].map((flags) => run({}, 'check', '--file', file, ...flags));
      const { code, out } = await text!;
      const { trends } = JSON.parse((await json!).out);
      return { code, out: out.replaceAll(/\s+/g, ' '), trends, quiet: (await quiet!).out };
    }

    it('says that a new series begins, and compares across it with a warning', async () => {
      const { code, out, trends, quiet } = await checked(8, 1, 1.3, kernel);
      assert.equal(code, 0);
      assert.match(out, /WARNING new series since \S+ \(now kernel Linux 9\.9\.9 x64\): \+\d\d\.\d % .* for the worse/);
      assert.match(out, /PASSED with a warning: 2 metrics of a new series are worse/);
      assert.equal(trends[0].across.warning, true);
      assert.match(quiet, /WARNING new series/);
    });

    for (const [what, some, shown] of [
      ['Node', changed({ node: 'v99.0.0' }), /now Node v99\.0\.0/],
      ['the processor', changed({ cpu: 'Another CPU' }), /now CPU Another CPU/],
      ['wsurge', { tool: { ...documentOf().tool, version: '9.9.9' } }, /now wsurge version 9\.9\.9/],
    ] as const) {
      it(`does so for ${what} too`, async () => {
        const { out } = await checked(6, 2, 1.3, some);
        assert.match(out, /WARNING new series/);
        assert.match(out, shown);
      });
    }

    it('says so without a warning where nothing is worse', async () => {
      const { code, out, quiet } = await checked(6, 2, 1, kernel);
      assert.deepEqual([code, quiet], [0, '']);
      assert.match(out, /new series since/);
      assert.doesNotMatch(out, /WARNING/);
      assert.match(out, /PASSED: nothing moved for the worse; \d+ metrics judged in a new series only/);
    });

    it('leaves it once the new series is long enough to be judged by itself', async () => {
      const { out, trends } = await checked(6, 6, 1.3, kernel);
      assert.doesNotMatch(out, /new series/);
      assert.equal(trends[0].across, null);
    });
  });

  it('has nothing to say without a valid run: 98', async () => {
    await run({}, 'add', night(91, 1, true), '--file', 'bad.ndjson');
    assert.equal((await run({}, 'check', '--file', 'bad.ndjson')).code, 98);
    assert.equal((await run({}, 'check', '--branch', 'other')).code, 98);
  });

  it('refuses what it cannot do, and adds nothing when one of several runs is unreadable', async () => {
    assert.match((await run({}, 'ad')).err, /did you mean "add"/);
    assert.match((await run({}, 'add')).err, /needs the folder of a run/);
    assert.match((await run({}, 'check', 'x', '--flie', 'y')).err, /did you mean "--file"[\s\S]*takes no runs/);
    const { code, err } = await run({}, 'add', night(92, 1), 'nowhere', '--file', 'none.ndjson');
    assert.deepEqual([code, /nowhere: there is no such/.test(err)], [104, true]);
    assert.equal((await run({}, 'show', '--file', 'none.ndjson')).code, 104);
  });
});
