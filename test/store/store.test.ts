import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import fc from 'fast-check';
import { parseResult } from '../../src/documents/result-schema.js';
import { WsurgeError } from '../../src/errors.js';
import type { Interval } from '../../src/metrics/interval.js';
import { type AgentSecond, agentSecondOf } from '../../src/metrics/seconds/agent-second.js';
import type { ServerSecond } from '../../src/metrics/seconds/server-second.js';
import { jsonReporter } from '../../src/report/run/json.js';
import { writeAtomic } from '../../src/store/atomic-file.js';
import { intervalLine, parseIntervalLine, serverLine } from '../../src/store/interval-log.js';
import { LineLog } from '../../src/store/line-log.js';
import { readIntervals, readResult, readRun, visitIntervals } from '../../src/store/read-run.js';
import { createCheckFolder, createRunFolder, type RunFolder } from '../../src/store/run-folder.js';
import type { RunRecordData } from '../../src/store/run-record.js';
import { documentOf } from '../report/document-fixture.js';

const root = mkdtempSync(path.join(os.tmpdir(), 'wsurge-store-'));
after(() => rmSync(root, { recursive: true, force: true }));
const NOW = new Date('2026-11-24T10:15:30.789Z');
let folders = 0;

/** An empty folder for one test. */
function freshRoot(): string {
  return path.join(root, `r${folders++}`);
}

function interval(line: number, some: Partial<Interval> = {}): Interval {
  const none = { attempts: 0, opened: 0, failed: 0, abandoned: 0, closedClean: 0, closedDirty: 0 };
  return {
    v: 2,
    agent: 'local',
    cell: 'concurrency/c1-r1000 接続\n',
    workers: [0, 1],
    line,
    elapsedMs: 1000,
    stage: 'measure',
    flow: [
      { phase: 'measure', second: line, counters: [1, 2, 3], histograms: { response: [5, 1], service: [], lag: [] } },
    ],
    connections: none,
    connect: { wait: [], tcp: [], tls: [], upgrade: [], total: [] },
    sessions: [],
    pings: [],
    closes: [],
    errors: [],
    bytes: { sent: 0, received: 0 },
    second: line,
    open: 1,
    openMin: 1,
    inFlight: 0,
    health: {
      busy: 0,
      blockedMs: 0,
      blockedWaitMs: null,
      pausedMs: 0,
      runQueueWaitMs: null,
      cpuMs: null,
      gcPauseMsMax: 0,
      gcLongPauses: 0,
      gcLongPauseMs: 0,
      heapBytes: 1,
    },
    instrument: null,
    ...some,
  };
}

function record(runId: string, some: Partial<RunRecordData> = {}): RunRecordData {
  return {
    runId,
    status: 'running',
    startedAt: NOW.toISOString(),
    labels: { branch: 'main' },
    tool: { name: 'wsurge', version: '0.1.0' },
    environment: { generators: [{ host: 'a' }] },
    target: { url: 'ws://127.0.0.1/' },
    profile: { name: 'report', load: [] },
    planHash: 'c0ffee',
    seed: 1,
    workers: 2,
    ...some,
  };
}

const isWsurge = (code: string, message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof WsurgeError, String(error));
  assert.equal(error.code, code);
  assert.match(error.message, message);
  assert.ok((error.next ?? '').length > 0);
  return true;
};

async function folderWith(count: number): Promise<RunFolder> {
  const folder = await createRunFolder(freshRoot(), 'report', NOW);
  for (let line = 0; line < count; line++) folder.appendInterval(interval(line));
  await folder.close();
  return folder;
}

describe('createRunFolder', () => {
  it('names folders after time and profile, so that they sort, and never uses one twice', async () => {
    const at = freshRoot();
    const made = [await createRunFolder(at, 'report', NOW), await createRunFolder(at, 'report', NOW)];
    for (const folder of made) await folder.close();
    const ids = made.map(({ runId }) => runId);
    assert.deepEqual(ids, ['2026-11-24T10-15-30Z-report', '2026-11-24T10-15-30Z-report-02']);
    assert.deepEqual(readdirSync(at), ids);
    assert.equal(made[0]!.path, path.join(at, ids[0]!));
  });

  it('makes parents, and safe names of any profile name', async () => {
    const at = path.join(freshRoot(), 'deep', 'er');
    for (const name of ['../../etc/passwd', '', '...', 'Größe & co: \u0000<>', 'x'.repeat(500)]) {
      const folder = await createRunFolder(at, name, NOW);
      await folder.close();
      assert.match(folder.runId, /^2026-11-24T10-15-30Z-[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/);
      assert.equal(path.dirname(folder.path), at);
    }
  });

  it('refuses a folder it cannot write to, naming it and the way out (104)', async () => {
    const file = path.join(root, 'a-file');
    writeFileSync(file, '');
    const at = path.join(file, 'results');
    await assert.rejects(createRunFolder(at, 'report', NOW), (error) => {
      isWsurge('results_not_writable', /a-file\/results: part of the path is a file/)(error);
      assert.equal((error as WsurgeError).exitCode, 104);
      assert.match((error as WsurgeError).next ?? '', /-o <folder>/);
      return true;
    });
  });
});

describe('a run folder', () => {
  it('gives back what was written, and holds nothing else', async () => {
    const folder = await createRunFolder(freshRoot(), 'report', NOW);
    const document = documentOf();
    await folder.writeRun(record(folder.runId));
    const intervals = Array.from({ length: 50 }, (_, line) => interval(line));
    for (const each of intervals) folder.appendInterval(each);
    await folder.writeReport(jsonReporter.file, jsonReporter.render(document));
    await folder.writeReport('report.md', '# report\n');
    await folder.writeRun(record(folder.runId, { status: 'complete' }));
    await folder.close();
    await folder.close();
    assert.deepEqual(readdirSync(folder.path).sort(), ['intervals.ndjson', 'report.md', 'result.json', 'run.json']);
    assert.deepEqual(await readRun(folder.path), { schemaVersion: 1, ...record(folder.runId, { status: 'complete' }) });
    assert.deepEqual(await readIntervals(folder.path), { intervals, serverSeconds: [], cutBytes: 0 });
    assert.deepEqual(await readResult(folder.path, parseResult), JSON.parse(JSON.stringify(document)));
    assert.equal(readFileSync(path.join(folder.path, 'report.md'), 'utf8'), '# report\n');
  });

  it('of a check holds its checks, and no empty file of intervals', async () => {
    const folder = await createCheckFolder(freshRoot(), 'check', NOW);
    await folder.writeRun(record(folder.runId));
    assert.throws(() => folder.appendInterval(interval(0)), /keeps no intervals/);
    await folder.close();
    assert.deepEqual(readdirSync(folder.path).sort(), ['checks.ndjson', 'run.json']);
  });

  it('has its intervals on disk before a report is written, and after flush', async () => {
    const folder = await createRunFolder(freshRoot(), 'report', NOW);
    folder.appendInterval(interval(0));
    await folder.writeReport('report.md', '');
    assert.equal((await readIntervals(folder.path)).intervals.length, 1);
    folder.appendInterval(interval(1));
    await folder.flush();
    assert.equal((await readIntervals(folder.path)).intervals.length, 2);
    await folder.close();
    assert.throws(() => folder.appendInterval(interval(2)), /is closed/);
  });

  it('takes names of reports only, no paths', async () => {
    const folder = await folderWith(0);
    for (const name of ['../x', 'a/b', '', '.hidden', '..']) {
      await assert.rejects(folder.writeReport(name, ''), /not a file name/);
    }
  });

  it('can be taken away', async () => {
    const folder = await folderWith(1);
    await folder.remove();
    assert.deepEqual(readdirSync(path.dirname(folder.path)), []);
  });
});

describe('intervals read back', () => {
  const fileOf = (folder: RunFolder) => path.join(folder.path, 'intervals.ndjson');

  it('have a CRC-32 on every line', () => {
    const line = intervalLine(interval(3));
    assert.match(line, /^\{"crc":"[0-9a-f]{8}","interval":\{"v":2,.*\}\}\n$/);
    assert.deepEqual(parseIntervalLine(line.trimEnd()), { ok: true, interval: interval(3) });
    assert.equal(parseIntervalLine(line.trimEnd().replace('"line":3', '"line":4')).ok, false);
  });

  it('lose no more than a torn tail, wherever it is torn', async () => {
    const lineBytes = Buffer.byteLength(intervalLine(interval(2)));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: lineBytes }), async (torn) => {
        const folder = await folderWith(3);
        const whole = readFileSync(fileOf(folder)).length;
        truncateSync(fileOf(folder), whole - torn);
        const { intervals, cutBytes } = await readIntervals(folder.path);
        assert.deepEqual(intervals, [interval(0), interval(1)]);
        assert.equal(cutBytes, lineBytes - torn);
      }),
      { numRuns: 25 },
    );
  });

  it('lose a tail of zeros or garbage, as a crash of the machine leaves it', async () => {
    const folder = await folderWith(2);
    appendFileSync(fileOf(folder), `${'\0'.repeat(64)}\n{"crc":"00000000","interval":{"v":1}}\n`);
    const { intervals, cutBytes } = await readIntervals(folder.path);
    assert.equal(intervals.length, 2);
    assert.ok(cutBytes > 64);
  });

  it('are refused where a line in the middle is damaged, naming it', async () => {
    const folder = await folderWith(3);
    const lines = readFileSync(fileOf(folder), 'utf8').split('\n');
    writeFileSync(
      fileOf(folder),
      [lines[0], lines[1]!.replace('"inFlight":0', '"inFlight":9'), lines[2], ''].join('\n'),
    );
    await assert.rejects(readIntervals(folder.path), isWsurge('results_unreadable', /line 2 is damaged: checksum/));
  });

  it('are read in version 1, where every line is of one worker', async () => {
    const folder = await folderWith(0);
    const { workers: _, ...line } = interval(0);
    const old = { ...line, v: 1, worker: 3 } as unknown as Interval;
    writeFileSync(fileOf(folder), intervalLine(old));
    assert.deepEqual((await readIntervals(folder.path)).intervals, [interval(0, { workers: [3, 4] })]);
  });

  it('are refused in another version', async () => {
    const folder = await folderWith(0);
    const other = { ...interval(0), v: 3 } as unknown as Interval;
    writeFileSync(fileOf(folder), intervalLine(other));
    await assert.rejects(
      readIntervals(folder.path),
      isWsurge('results_unreadable', /interval version 3; this version of wsurge reads 1 and 2/),
    );
  });

  it('have looks at the server and seconds of agents between them, told apart and in a version of their own', async () => {
    const folder = await createRunFolder(freshRoot(), 'report', NOW);
    const second: ServerSecond = {
      ...{ v: 1, cell: 'a', second: 0, elapsedMs: 1000.5 },
      ...{ server: { cpuMs: 250, rssBytes: 9e6 }, machineCpuMs: 900 },
    };
    folder.appendInterval(interval(0));
    const own = agentSecondOf({ ...interval(0), agent: 'eu-1' });
    folder.appendAgentSecond(own);
    folder.appendServerSecond(second);
    folder.appendInterval(interval(1));
    await folder.close();
    assert.match(readFileSync(fileOf(folder), 'utf8'), /^\{"crc":"[0-9a-f]{8}","server":\{"v":1,.*\}\}$/m);
    assert.deepEqual(await readIntervals(folder.path), {
      ...{ intervals: [interval(0), interval(1)], serverSeconds: [second], cutBytes: 0 },
    });
    const agents: AgentSecond[] = [];
    const nothing = () => {};
    await visitIntervals(folder.path, {
      ...{ interval: nothing, serverSecond: nothing },
      agentSecond: (each) => agents.push(each),
    });
    assert.deepEqual(agents, [own]);
    appendFileSync(fileOf(folder), serverLine({ ...second, v: 2 } as unknown as ServerSecond));
    await assert.rejects(
      readIntervals(folder.path),
      isWsurge('results_unreadable', /server version 2; this version of wsurge reads 1/),
    );
  });

  it('may be large: lines longer than one read', async () => {
    const folder = await createRunFolder(freshRoot(), 'report', NOW);
    const pairs = Array.from({ length: 20_000 }, (_, i) => [i, 1_000_000 + i]);
    const long = interval(0, { sessions: pairs.flat() });
    folder.appendInterval(long);
    folder.appendInterval(interval(1));
    await folder.close();
    assert.deepEqual((await readIntervals(folder.path)).intervals, [long, interval(1)]);
  });

  it('are none in an empty file, and an error where there is no file', async () => {
    const folder = await folderWith(0);
    assert.deepEqual(await readIntervals(folder.path), { intervals: [], serverSeconds: [], cutBytes: 0 });
    rmSync(fileOf(folder));
    await assert.rejects(
      readIntervals(folder.path),
      isWsurge('results_unreadable', /intervals\.ndjson: there is no such file/),
    );
    await assert.rejects(readIntervals('/nowhere'), isWsurge('results_unreadable', /\/nowhere: there is no such file/));
  });
});

describe('documents read back', () => {
  async function withFile(name: string, text: string): Promise<string> {
    const folder = await folderWith(0);
    await folder.writeReport(name, text);
    return folder.path;
  }

  it('are refused when cut off, empty, of another version or kind, or missing', async () => {
    const text = jsonReporter.render(documentOf({ cells: [] }));
    for (const [content, message] of [
      [text.slice(0, text.length / 2), /result\.json: it is cut off, or not JSON/],
      ['', /result\.json: it is empty/],
      [text.replace('"schemaVersion": 1', '"schemaVersion": 9'), /schemaVersion 9; this version of wsurge reads 1/],
      [text.replace('"kind": "run"', '"kind": "check"'), /kind "check", not a run/],
      ['[]', /no result document/],
    ] as const) {
      await assert.rejects(
        readResult(await withFile('result.json', content), parseResult),
        isWsurge('results_unreadable', message),
      );
    }
    await assert.rejects(
      readResult((await folderWith(0)).path, parseResult),
      isWsurge('results_unreadable', /no such file/),
    );
  });

  it('may be named by file', async () => {
    const at = await withFile('result.json', jsonReporter.render(documentOf({ cells: [] })));
    assert.equal((await readResult(path.join(at, 'result.json'), parseResult)).kind, 'run');
  });

  it('keep what later versions add to run.json, and refuse what is no record', async () => {
    const good = { schemaVersion: 1, ...record('x'), later: { a: 1 } };
    assert.deepEqual(await readRun(await withFile('run.json', JSON.stringify(good))), good);
    for (const bad of [
      { ...good, schemaVersion: 2 },
      { ...good, status: 'odd' },
      { ...good, seed: 'one' },
    ]) {
      const at = await withFile('run.json', JSON.stringify(bad));
      await assert.rejects(
        readRun(at),
        isWsurge('results_unreadable', /run\.json: not a record of a run: (schemaVersion|status|seed)/),
      );
    }
  });
});

describe('writing that fails', () => {
  it('leaves the old file whole and no temporary one', async () => {
    const at = freshRoot();
    const folder = await createRunFolder(at, 'report', NOW);
    await folder.writeReport('report.md', 'old');
    await writeAtomic(path.join(folder.path, 'report.md'), 'new');
    assert.equal(readFileSync(path.join(folder.path, 'report.md'), 'utf8'), 'new');
    // A folder in the place of the file: the rename fails after the temporary file was written.
    const blocked = path.join(folder.path, 'blocked');
    await createRunFolder(blocked, 'inner', NOW).then((inner) => inner.close());
    await assert.rejects(writeAtomic(blocked, 'text'), isWsurge('results_write_failed', /cannot write .*blocked/));
    await folder.close();
    assert.deepEqual(
      readdirSync(folder.path).filter((name) => name.endsWith('.tmp')),
      [],
    );
  });

  it('says so when the folder is gone', async () => {
    const folder = await folderWith(0);
    await folder.remove();
    await assert.rejects(
      folder.writeRun(record('x')),
      isWsurge('results_write_failed', /run\.json: there is no such file/),
    );
  });

  it('of intervals is told by flush and close, and never unhandled', async () => {
    const file = path.join(root, 'read-only.ndjson');
    writeFileSync(file, '');
    // Opened for reading: every write fails, as on a full disk.
    const log = new LineLog(file, await open(file, 'r'));
    log.append(intervalLine(interval(0)));
    log.append(intervalLine(interval(1)));
    await assert.rejects(log.flush(), isWsurge('results_write_failed', /cannot write .*read-only\.ndjson/));
    log.append(intervalLine(interval(2)));
    await assert.rejects(log.close(), isWsurge('results_write_failed', /cannot write/));
    assert.equal(readFileSync(file, 'utf8'), '');
  });

  it('tells a full disk and its way out', async () => {
    const { writeFailed } = await import('../../src/store/store-error.js');
    const error = writeFailed('/x/run.json', Object.assign(new Error('write'), { code: 'ENOSPC' }));
    assert.equal(error.message, 'cannot write /x/run.json: the disk is full (ENOSPC)');
    assert.match(error.next ?? '', /free some space/);
    assert.equal(error.exitCode, 1);
  });
});
