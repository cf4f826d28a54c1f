/** `golden/older-run` was written by the version before sessions and requests: three connections, 20 messages a second. */
import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { readKilledRun } from '../../src/app/killed-run.js';
import { openSaved, readSavedRun } from '../../src/app/saved-kinds.js';
import { COUNTERS, LATER_COUNTERS } from '../../src/metrics/counters.js';
import { flowOf } from '../../src/metrics/flow.js';
import { reportModel } from '../../src/report/run/tables.js';
import { gatesOf } from '../../src/verdict/gates.js';
import { measure } from '../../src/verdict/metric-values.js';
import { judgeCell } from '../../src/verdict/validity.js';
import { projectRoot } from '../report/golden.js';
import { threshold } from '../verdict/threshold-fixture.js';

const FOLDER = path.join(projectRoot(), 'test/app/golden/older-run');
const NO_ASSETS = { style: '', scripts: { run: '', check: '', capacity: '', comparison: '' } };

describe('a run that an older version saved', () => {
  it('has fewer counters in its lines and in its result', async () => {
    const document = JSON.parse(await readFile(path.join(FOLDER, 'result.json'), 'utf8'));
    for (const name of LATER_COUNTERS) assert.ok(!(name in document.cells[0].flows[0].messages), name);
    const lines = (await readFile(path.join(FOLDER, 'intervals.ndjson'), 'utf8')).trim().split('\n');
    const counters = lines.flatMap((line) => JSON.parse(line).interval?.flow ?? []).map((flow) => flow.counters.length);
    assert.ok(counters.length > 0);
    assert.deepEqual([...new Set(counters)], [COUNTERS.length - LATER_COUNTERS.size]);
  });

  it('is read, with its later counters at 0, and nothing of requests or sessions', async () => {
    const [cell] = (await readSavedRun(FOLDER)).document.cells;
    const { messages } = flowOf(cell!);
    assert.deepEqual([messages.planned, messages.answered, messages.failed, messages.blocked], [40, 40, 0, 0]);
    assert.deepEqual([cell!.protocol, cell!.requests, cell!.session, cell!.ruled], Array(4).fill(undefined));
  });

  it('is judged as it was: same gates, same validity, and its new metrics are 0', async () => {
    const { document } = await readSavedRun(FOLDER);
    const [cell] = document.cells;
    assert.deepEqual(gatesOf(cell!), document.verdict.gates);
    assert.equal(judgeCell(cell!, []).validity, cell!.validity);
    for (const metric of ['ws_msgs_failed', 'ws_msgs_blocked', 'ws_msgs_counted'] as const) {
      const measured = measure(threshold(metric, 'count', '<', 1), [cell!]);
      assert.deepEqual([measured.kind, measured.kind === 'bracket' && measured.actual], ['bracket', 0], metric);
    }
  });

  it('is rendered in every format, and as JSON byte for byte', async () => {
    const saved = await openSaved([FOLDER]);
    for (const format of saved.formats) {
      const files = saved.render(format, NO_ASSETS);
      assert.ok(files.length > 0, format);
      for (const { name, text } of files) {
        const whole = typeof text === 'string' ? text : [...text].join('');
        assert.doesNotMatch(whole, /NaN|undefined/, name);
        if (format === 'json') assert.equal(whole, `${await readFile(path.join(FOLDER, 'result.json'), 'utf8')}`, name);
      }
    }
    const { tables } = reportModel((await readSavedRun(FOLDER)).document);
    assert.deepEqual(
      tables.flatMap(({ rows }) => rows.map(({ values }) => values['lost'])),
      ['0'],
    );
  });

  it('is merged anew from its lines, if it was killed, to what it had counted', async (t) => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'wsurge-older-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    await cp(path.join(FOLDER, 'intervals.ndjson'), path.join(folder, 'intervals.ndjson'));
    const run = JSON.parse(await readFile(path.join(FOLDER, 'run.json'), 'utf8'));
    await writeFile(path.join(folder, 'run.json'), JSON.stringify({ ...run, status: 'running' }));
    const { document } = await readKilledRun(folder);
    const { messages } = flowOf(document.cells[0]!);
    assert.deepEqual([messages.planned, messages.answered, messages.failed], [40, 40, 0]);
  });
});
