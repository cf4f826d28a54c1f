/** The whole way once: a real run, and all of its files made anew from what it measured, byte for byte. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { wsServer } from './local-server.js';
import { assertExit, COUNTED_RUN, runCli } from './run-cli.js';

const FORMATS = 'html,md,junit,csv,hgrm,hlog,json';
const MEASURED = ['run.json', 'intervals.ndjson', 'result.json'];

test('every report of a run is made anew from run.json, intervals.ndjson and result.json alone', async (t) => {
  const server = await wsServer();
  t.after(() => server.stop());
  const summary = path.join(await mkdtemp(path.join(os.tmpdir(), 'wsurge-summary-')), 'summary.md');
  const args = [...COUNTED_RUN, server.url, '-c', '3', '-R', '60', '-d', '1s', '-W', '500ms', '--format', FORMATS];
  const run = await runCli(args, { env: { GITHUB_STEP_SUMMARY: summary } });
  assertExit(run, 0);
  assert.equal(await readFile(summary, 'utf8'), `${run.files['report.md']}\n`);

  const folder = await mkdtemp(path.join(os.tmpdir(), 'wsurge-report-'));
  t.after(() => Promise.all([folder, path.dirname(summary)].map((each) => rm(each, { recursive: true }))));
  for (const name of MEASURED) await writeFile(path.join(folder, name), run.files[name]!);
  const report = await runCli(['report', folder, '--format', FORMATS]);
  assert.equal(report.code, 0, report.stderr);
  const anew = await readdir(folder);
  assert.deepEqual(anew.toSorted(), Object.keys(run.files).toSorted());
  assert.ok(anew.length >= 10, anew.join(', '));
  for (const name of anew) assert.equal(await readFile(path.join(folder, name), 'utf8'), run.files[name], name);
});
