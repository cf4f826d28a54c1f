import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import type { WsurgeError } from '../../src/errors.js';
import { KeptLines } from '../../src/store/kept-lines.js';
import { readIntervals } from '../../src/store/read-run.js';
import { lineOf } from '../fleet/agent-fixture.js';

function freshFolder(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'wsurge-kept-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function keptIn(folder: string, more: Partial<Parameters<typeof KeptLines.in>[0]> = {}) {
  const warned: string[] = [];
  const kept = await KeptLines.in({ folder, agent: 'a1', warn: (line) => warned.push(line), ...more });
  return { kept, warned };
}

describe('the lines that an agent keeps', () => {
  test('are read as intervals.ndjson is, a file for each run; what the server said is left out', async (t) => {
    const folder = freshFolder(t);
    const { kept, warned } = await keptIn(folder);
    assert.deepEqual(readdirSync(folder), [], 'what was tried is gone');
    const run = kept.begin('0123456789abcdef');
    const said = { phase: 'connect', code: 'http_403', count: 2, said: 'token hunter2' } as const;
    const lines = [lineOf(2, 0, { open: 3 }), lineOf(3, 0, { errors: [said] }), lineOf(2, 1)];
    for (const line of lines) run.add(line);
    await run.close();
    const other = kept.begin('f00');
    other.add(lineOf(2, 0));
    await other.close();
    await kept.begin('without-lines').close();
    assert.deepEqual(readdirSync(folder).sort(), ['0123456789abcdef-a1.ndjson', 'f00-a1.ndjson']);
    const file = path.join(folder, '0123456789abcdef-a1.ndjson');
    const read = await readIntervals(file);
    const { said: _, ...safe } = said;
    assert.deepEqual(read, {
      intervals: [lines[0], { ...lines[1]!, errors: [safe] }, lines[2]],
      serverSeconds: [],
      cutBytes: 0,
    });
    assert.doesNotMatch(readFileSync(file, 'utf8'), /hunter2/);
    assert.deepEqual(warned, []);
  });

  test('need a folder with room: what is wrong with it is said at the start', async (t) => {
    const folder = freshFolder(t);
    const refused = (error: WsurgeError) => {
      assert.deepEqual([error.exitCode, error.code], [104, 'keep_not_writable']);
      return true;
    };
    await assert.rejects(keptIn(path.join(folder, 'none')), (error: WsurgeError) => {
      assert.match(error.message, /^--keep: cannot write to .*none: there is no such file or folder \(ENOENT\)$/);
      return refused(error);
    });
    writeFileSync(path.join(folder, 'file'), '');
    await assert.rejects(keptIn(path.join(folder, 'file')), refused);
    if (!existsSync('/dev/full')) return t.diagnostic('this system has no /dev/full');
    await assert.rejects(keptIn(folder, { open: () => open('/dev/full', 'w') }), (error: WsurgeError) => {
      assert.match(error.message, /the disk is full \(ENOSPC\)$/);
      return refused(error);
    });
  });

  test('that cannot be written any more are told once, and nothing else', async (t) => {
    if (!existsSync('/dev/full')) return t.skip('this system has no /dev/full');
    const folder = freshFolder(t);
    let opened = 0;
    const full = (file: string, flags: number) => (opened++ === 0 ? open(file, flags) : open('/dev/full', 'w'));
    const { kept, warned } = await keptIn(folder, { open: full });
    const run = kept.begin('f00');
    for (let line = 0; line < 5; line++) run.add(lineOf(2, line));
    await run.close();
    assert.equal(warned.length, 1);
    assert.match(warned[0]!, /^--keep: cannot write ".*f00-a1\.ndjson": the disk is full \(ENOSPC\); the run goes on/);
  });

  test('overwrite no file and follow no link; a run whose name leads elsewhere has none', async (t) => {
    const folder = freshFolder(t);
    const { kept, warned } = await keptIn(folder);
    mkdirSync(path.join(folder, 'elsewhere'));
    const target = path.join(folder, 'elsewhere', 'file');
    writeFileSync(target, 'precious');
    symlinkSync(target, path.join(folder, 'linked-a1.ndjson'));
    symlinkSync(path.join(folder, 'elsewhere', 'new'), path.join(folder, 'dangling-a1.ndjson'));
    writeFileSync(path.join(folder, 'there-a1.ndjson'), 'precious');
    const runs = ['linked', 'dangling', 'there', 'elsewhere/x', '../x', '', 'x'.repeat(65), 'a\nb'];
    for (const name of runs) {
      const run = kept.begin(name);
      run.add(lineOf(2, 0));
      run.add(lineOf(2, 1));
      await run.close();
    }
    assert.equal(warned.length, runs.length, 'each is told once');
    assert.ok(warned.every((line) => !line.includes('\n')));
    assert.deepEqual(readdirSync(path.join(folder, 'elsewhere')), ['file']);
    assert.equal(readFileSync(target, 'utf8'), 'precious');
    assert.equal(readFileSync(path.join(folder, 'there-a1.ndjson'), 'utf8'), 'precious');
    assert.equal(readdirSync(folder).length, 4);
  });
});
