import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { WsurgeError } from '../../src/errors.js';
import { appendHistory, type NewEntry, readHistory } from '../../src/store/history.js';

const root = mkdtempSync(path.join(os.tmpdir(), 'wsurge-history-'));
after(() => rmSync(root, { recursive: true, force: true }));
let files = 0;

function fresh(): string {
  return path.join(root, `h${files++}.ndjson`);
}

function entry(runId: string): NewEntry {
  return {
    ...{ runId, startedAt: '2026-11-24T10:15:30.000Z', commit: 'abc', branch: 'main', labels: { night: 'yes' } },
    ...{ environment: 'CPU 接続 — x', validity: 'valid' },
    cells: [
      {
        ...{ id: 'load/c10', load: 'model open', validity: 'valid', target: 'ok' },
        metrics: { p50: 812, p99: 2300, throughput: 99.98, connect: null },
      },
      {
        ...{ id: 'hub/c10', load: 'model open', validity: 'valid', target: 'ok' },
        metrics: {
          p50: null,
          p99: null,
          throughput: 99.98,
          connect: null,
          first: 7,
          last: 90,
          spread: 80,
          reach: 0.98,
        },
        lower: { p50: null, p99: null, first: 6, spread: 70 },
      },
    ],
  };
}

async function problemOf(file: string): Promise<string> {
  try {
    await readHistory(file);
  } catch (error) {
    assert.ok(error instanceof WsurgeError && error.exitCode === 104);
    return error.message;
  }
  return assert.fail('it was read');
}

describe('history.ndjson', () => {
  it('gives back what was added, in order, and takes no run twice', async () => {
    const file = fresh();
    assert.equal(await appendHistory(file, entry('one')), true);
    assert.equal(await appendHistory(file, entry('two')), true);
    assert.equal(await appendHistory(file, entry('one')), false);
    const { entries, cutBytes } = await readHistory(file);
    assert.deepEqual(entries, [
      { v: 1, ...entry('one') },
      { v: 1, ...entry('two') },
    ]);
    assert.equal(cutBytes, 0);
  });

  it('never changes a line that is there, and cuts a torn one before adding', async () => {
    const file = fresh();
    await appendHistory(file, entry('one'));
    const whole = readFileSync(file, 'utf8');
    for (const torn of ['{', '{"v":1,"runId":"torn 接', `${whole.trimEnd()}`]) {
      writeFileSync(file, whole + torn);
      const { entries, cutBytes } = await readHistory(file);
      assert.deepEqual([entries.length, cutBytes], [1, Buffer.byteLength(torn)]);
      assert.equal(await appendHistory(file, entry('two')), true);
      const text = readFileSync(file, 'utf8');
      assert.ok(text.startsWith(whole));
      assert.deepEqual(
        (await readHistory(file)).entries.map(({ runId }) => runId),
        ['one', 'two'],
      );
    }
  });

  it('says which line is damaged, of another version, or edited', async () => {
    const file = fresh();
    await appendHistory(file, entry('one'));
    const line = readFileSync(file, 'utf8');
    const withSecond = (second: string) => writeFileSync(file, `${line}${second}\n${line}`);
    withSecond('{"v":1,');
    assert.match(await problemOf(file), /line 2 is damaged/);
    withSecond(line.trimEnd().replace('"v":1', '"v":7'));
    assert.match(await problemOf(file), /line 2 has version 7; this version of wsurge reads 1/);
    withSecond(line.trimEnd().replace('812', '"fast"'));
    assert.match(await problemOf(file), /line 2: cells\.0\.metrics\.p50/);
    withSecond('null');
    assert.match(await problemOf(file), /line 2 has version none/);
    assert.match(await problemOf(path.join(root, 'none')), /no such file/);
    assert.match(await problemOf(root), /it is a folder/);
  });

  it('adds nothing to a damaged file', async () => {
    const file = fresh();
    writeFileSync(file, 'what\n');
    await assert.rejects(appendHistory(file, entry('one')), /line 1 is damaged/);
    assert.equal(readFileSync(file, 'utf8'), 'what\n');
  });
});
