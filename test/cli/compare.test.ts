import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { parseComparison } from '../../src/documents/comparison-schema.js';
import type { ResultDocument } from '../../src/documents/result-document.js';
import type { CellResult } from '../../src/metrics/cell-result.js';
import { COUNTERS } from '../../src/metrics/counters.js';
import type { Interval } from '../../src/metrics/interval.js';
import { Recording } from '../../src/metrics/recording.js';
import { jsonReporter } from '../../src/report/run/json.js';
import { intervalLine } from '../../src/store/interval-log.js';
import { documentOf, type FixtureParts } from '../report/document-fixture.js';
import { type FixtureOptions, healthyCell, withMessages, withWorker } from '../verdict/cell-fixture.js';
import { play, temporaryRoot } from './saved-run-fixture.js';

const root = temporaryRoot('compare');
let saved = 0;

/** A saved run with one cell whose service times are 1 ms times `factor`. */
function cell(factor = 1, some: FixtureOptions = {}): CellResult {
  return healthyCell({
    connections: 50,
    serviceUs: Array.from({ length: 97 }, (_, i) => Math.round((1000 + i) * factor)),
    ...some,
  });
}

/** Writes a run and returns its folder. */
function save(
  cells: readonly CellResult[],
  parts: FixtureParts = {},
  change: (run: ResultDocument) => object = (run) => run,
): string {
  const name = `run${String(++saved).padStart(2, '0')}`;
  mkdirSync(path.join(root, name));
  const run = {
    ...documentOf({ runId: name, startedAt: new Date(1.76e12 + saved * 6e7), cells, thresholds: [], ...parts }),
  };
  writeFileSync(path.join(root, name, 'result.json'), jsonReporter.render(change(run) as ResultDocument));
  return name;
}

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const { code, stdout: out, stderr: err } = await play(args, root);
  return { code, out, err };
}

async function words(...args: string[]) {
  const { code, out } = await run('compare', ...args, '--json');
  const document = parseComparison(JSON.parse(out));
  const metrics = document.cells.flatMap((one) => one.metrics.map(({ metric, word }) => [metric, word] as const));
  return { code, document, words: Object.fromEntries(metrics) };
}

/** What one worker wrote in one second: 100 messages answered in `us` and a little more each. */
function secondLine(id: string, second: number, us: number): Interval {
  const recording = new Recording();
  for (let i = 0; i < 100; i++) recording.record(us + i);
  const counters = COUNTERS.map((name) => (name === 'planned' || name === 'answered' ? 100 : 0));
  const flow = [
    { phase: 'measure', second, counters, histograms: { response: [], service: recording.drain(), lag: [] } },
  ];
  const none = { attempts: 0, opened: 0, failed: 0, abandoned: 0, closedClean: 0, closedDirty: 0 };
  const health = {
    busy: 0,
    blockedMs: 0,
    pausedMs: 0,
    gcPauseMsMax: 0,
    gcLongPauses: 0,
    gcLongPauseMs: 0,
    heapBytes: 1,
  };
  return {
    ...{ v: 2, agent: 'local', cell: id, workers: [0, 1], line: second, elapsedMs: 1000, stage: 'measure', second },
    flow: flow as Interval['flow'],
    connections: none,
    connect: { wait: [], tcp: [], tls: [], upgrade: [], total: [] },
    ...{ sessions: [], pings: [], closes: [], errors: [], bytes: { sent: 0, received: 0 } },
    ...{ open: 1, openMin: 1, inFlight: 0, instrument: null },
    health: { ...health, blockedWaitMs: null, runQueueWaitMs: null, cpuMs: null },
  };
}

describe('wsurge compare', () => {
  it('one run a side: says that noise is unknown and never REGRESSED, however far apart', async () => {
    const { code, document, words: said } = await words(save([cell()]), save([cell(2)]));
    assert.deepEqual([code, document.outcome.word], [98, 'INCONCLUSIVE']);
    assert.equal(said['p50'], 'INCONCLUSIVE');
    assert.equal(said['throughput'], 'EQUIVALENT');
    assert.match(document.noise.text, /between-run noise unknown/);
    assert.match(document.cells[0]!.metrics[0]!.notes.join(), /between-run noise unknown/);
    const { out } = await run('compare', 'run01', 'run02');
    assert.match(out, /between-run noise unknown/);
    assert.match(
      out.replaceAll(/\s+/g, ' '),
      /INCONCLUSIVE single runs, and no spread between runs is known: service time p50 \+100 % in concurrency\/c50-r1000, service time p99 \+100 % in concurrency\/c50-r1000 may be/,
    );
    assert.ok(out.split('\n').every((line) => line.length <= 80));
  });

  it('a run against itself leaves the luck of its seconds, drawn for each side by itself', async () => {
    const a = save([cell()]);
    const lines = Array.from({ length: 10 }, (_, second) =>
      secondLine('concurrency/c50-r1000', second, 1000 + 40 * second),
    );
    writeFileSync(path.join(root, a, 'intervals.ndjson'), lines.map(intervalLine).join(''));
    const { document } = await words(a, a);
    const [low, high] = document.cells[0]!.metrics[0]!.interval!;
    assert.ok(low < 0.97 && low > 0.6 && high > 1.03 && high < 1.6, `${low} to ${high}`);
    assert.ok(!document.warnings.join().includes('intervals.ndjson'));
  });

  it('one run a side with --noise: REGRESSED beyond what the noise explains, not within', async () => {
    const [a, b] = [save([cell()]), save([cell(1.3)])];
    const small = await words(a, b, '--noise', '3%');
    assert.equal(small.code, 99);
    assert.equal(small.words['p50'], 'REGRESSED');
    assert.deepEqual(small.document.outcome.regressions[0], { cell: 'concurrency/c50-r1000', what: 'p50' });
    const byMetric = await words(a, b, '--noise', 'p50=3%,throughput=1%');
    assert.deepEqual([byMetric.words['p50'], byMetric.words['p99']], ['REGRESSED', 'INCONCLUSIVE']);
    assert.match(byMetric.document.noise.text, /p50 3 %, throughput 1 %/);
    const large = await words(a, b, '--noise=20%');
    assert.equal(large.code, 0);
    assert.equal(large.words['p50'], 'INCONCLUSIVE');
  });

  it('one run a side with --history: the noise of that cell, where it has runs enough', async () => {
    const nights = Array.from({ length: 12 }, (_, i) => save([cell(1 + 0.02 * Math.sin(i * 7))]));
    assert.equal((await run('history', 'add', ...nights, '--file', 'noise.ndjson')).code, 0);
    const args = [save([cell()]), save([cell(1.4)]), '--history'] as const;
    assert.equal((await words(...args, 'noise.ndjson')).words['p50'], 'REGRESSED');
    assert.equal((await run('history', 'add', ...nights.slice(0, 3), '--file', 'short.ndjson')).code, 0);
    const short = await words(...args, 'short.ndjson');
    assert.equal(short.words['p50'], 'INCONCLUSIVE');
    assert.match(short.document.noise.text, /between-run noise unknown where a cell has fewer than 5/);
    assert.match((await run('compare', ...args, 'noise.ndjson', '--noise', '3%')).err, /both say what the noise is/);
  });

  it('one run a side, apart for the better or open: INCONCLUSIVE as well; within the margins it passes', async () => {
    const faster = await words(save([cell()]), save([cell(0.5)]));
    assert.deepEqual([faster.code, faster.document.outcome.word], [98, 'INCONCLUSIVE']);
    const same = await words(save([cell()]), save([cell(1.002)]));
    assert.deepEqual([same.code, same.document.outcome.word], [0, 'PASSED']);
  });

  it('one run a side with --history: a level that is new, and B itself, are no noise', async () => {
    const level = (factor: number) => (_: unknown, i: number) => save([cell(factor * (1 + 0.01 * Math.sin(i * 7)))]);
    const old = Array.from({ length: 8 }, level(1));
    const slow = Array.from({ length: 4 }, level(1.4));
    assert.equal((await run('history', 'add', ...old, ...slow, '--file', 'levels.ndjson')).code, 0);
    const found = await words(old[0]!, slow[3]!, '--history', 'levels.ndjson');
    assert.deepEqual([found.code, found.words['p50']], [99, 'REGRESSED']);
    assert.ok(found.document.cells[0]!.metrics[0]!.noiseFloor! < 0.1);
    assert.equal((await run('history', 'add', ...old, slow[0]!, '--file', 'last.ndjson')).code, 0);
    assert.equal((await words(old[0]!, slow[0]!, '--history', 'last.ndjson')).words['p50'], 'REGRESSED');
  });

  describe('by bounds', () => {
    const AWAY = Array.from({ length: 1000 }, (_, i) => 20 + (i % 40));
    /** Service times of 10 ms, of which the way back added so much. */
    const bounded = (factor: number, addedUs: readonly number[]) =>
      healthyCell({
        connections: 50,
        serviceUs: Array.from({ length: 97 }, (_, i) => Math.round((10_000 + i) * factor) + addedUs[i % 40]!),
        addedUs,
      });

    it('compares what the way back cannot explain, and the range holds the times as measured too', async () => {
      const [a, b] = [1, 1.01].map((factor) => save([bounded(factor, AWAY)]));
      const slow = [1.2, 1.21, 1.22].map((factor) => save([bounded(factor, AWAY)]));
      const { document, words: said } = await words(a!, b!, '--vs', ...slow);
      const p50 = document.cells[0]!.metrics[0]!;
      assert.equal(said['p50'], 'REGRESSED');
      assert.ok(p50.a! < 10_110 && p50.a! > 9000, String(p50.a));
      assert.deepEqual(p50.values!.a.length, 2);
      assert.ok(p50.values!.a.every((value) => value! < 10_200));
      const { measuredRatio, measuredInterval } = p50.readings!;
      assert.ok(measuredRatio! < p50.ratio!);
      assert.ok(p50.interval![0] <= measuredInterval![0] && p50.interval![1] >= measuredInterval![1]);
      assert.ok(!document.warnings.join().includes('compared as measured'));
    });

    it('leaves open what only the way back changed', async () => {
      const noisy = Array.from({ length: 1000 }, (_, i) => 3000 + (i % 40));
      const quiet = [1, 1.001, 1.002].map((factor) => save([bounded(factor, AWAY)]));
      const late = [1, 1.001, 1.002].map((factor) => save([bounded(factor, noisy)]));
      const { code, document, words: said } = await words(...quiet, '--vs', ...late);
      const p50 = document.cells[0]!.metrics[0]!;
      // Measured it is 30 % slower; without the way back it is the same.
      assert.ok(p50.readings!.measuredRatio! > 1.25 && Math.abs(p50.ratio! - 1) < 0.05, JSON.stringify(p50));
      assert.deepEqual([code, said['p50'], p50.readings!.disagree], [0, 'INCONCLUSIVE', true]);
      const { out } = await run('compare', ...quiet, '--vs', ...late);
      assert.match(out.replaceAll(/\s+/g, ' '), /the change as measured \(\+\d+\.\d %\) and that of the lower ends/);
    });

    it('widens the range of single runs by both brackets', async () => {
      const [a, b] = [save([bounded(1, AWAY)]), save([bounded(1, AWAY)])];
      const { document } = await words(a, b, '--noise', '1%');
      const p50 = document.cells[0]!.metrics[0]!;
      const plain = (await words(save([cell()]), save([cell()]), '--noise', '1%')).document.cells[0]!.metrics[0]!;
      assert.ok(p50.interval![1] > plain.interval![1], `${p50.interval} ${plain.interval}`);
      assert.ok(p50.noiseFloor! > plain.noiseFloor!);
    });

    it('says so of old results, and compares them as measured', async () => {
      const { document } = await words(save([cell()]), save([bounded(1, AWAY)]), '--noise', '3%');
      assert.match(document.warnings.join(), /compared as measured.*run\d+ came from a version that kept no brackets/);
      assert.equal(document.cells[0]!.metrics[0]!.readings ?? null, null);
    });
  });

  it('several runs a side: their own spread decides, in both directions; a margin can be set', async () => {
    const slow = [1.2, 1.21, 1.22].map((factor) => save([cell(factor)]));
    const fast = [1, 1.01, 1.02].map((factor) => save([cell(factor)]));
    const worse = await words(...fast, '--vs', ...slow);
    assert.equal(worse.code, 99);
    assert.deepEqual(
      [worse.words['p50'], worse.words['p99'], worse.words['connect']],
      ['REGRESSED', 'REGRESSED', 'EQUIVALENT'],
    );
    const better = await words(...slow, '--vs', ...fast);
    assert.deepEqual([better.code, better.words['p50']], [0, 'IMPROVED']);
    const lenient = await words(...fast, '--vs', ...slow, '--margin', 'p50=30%', '--margin', 'p99=30%');
    assert.deepEqual([lenient.code, lenient.words['p50']], [0, 'EQUIVALENT']);
  });

  it('a baseline of several runs supplies the noise for a single new one', async () => {
    const baseline = [1, 1.01, 1.02, 0.99].map((factor) => save([cell(factor)]));
    assert.equal((await words(...baseline, '--vs', save([cell(1.4)]))).code, 99);
    assert.equal((await words(...baseline, '--vs', save([cell(1.005)]))).words['p50'], 'EQUIVALENT');
  });

  it('a gate that only B fails is a regression; a slow but whole answer is not hidden by it', async () => {
    const losing = withMessages(cell(), { answered: 9990, received: 9990, timedOut: 10 });
    const { code, document } = await words(save([cell()]), save([losing]));
    assert.equal(code, 99);
    assert.ok(document.cells[0]!.gates.some(({ worse, aFailed, bFailed }) => worse && aFailed === 0 && bFailed === 1));
    assert.equal((await words(save([losing]), save([losing]))).code, 0);
  });

  it('invalid runs are left out and named; where nothing is left, 98', async () => {
    const invalid = withWorker(cell(3), { busy: 0.95 });
    const [a, b, bad] = [save([cell()]), save([cell(1.01)]), save([invalid])];
    const some = await words(a, '--vs', b, bad);
    assert.equal(some.code, 0);
    assert.equal(some.document.cells[0]!.bRuns, 1);
    assert.match(some.document.warnings.join(), new RegExp(`${bad}: left out`));
    const none = await words(a, bad);
    assert.equal(none.code, 98);
    assert.match(none.document.cells[0]!.leftOut!, /no valid run of B/);
  });

  it('refuses runs that differ in load, pacing, message or machine, and says in what; --force prints a banner', async () => {
    const profile = (bytes: number) => ({ profile: { load: [{ name: 'concurrency', message: { bytes } }] } });
    const machine = (run: ResultDocument) => {
      const [generator] = run.environment.generators;
      return { ...run, environment: { generators: [{ ...generator!, cores: 64 }] } };
    };
    const a = save([cell()], profile(64));
    const cases = [
      [
        save([cell(1, { durationMs: 20_000 })], profile(64)),
        /load: concurrency.c50-r1000: measured time, ms is 10000 in A, 20000/,
      ],
      [save([cell()], profile(65)), /message: .*message is \{"bytes":64\} in A, \{"bytes":65\}/],
      [save([{ ...cell(), pacing: 'spin' }], profile(64)), /pacing: .*pacing is timer in A, spin/],
      [save([cell()], profile(64), machine), /environment: cores is 4 in A, 64/],
      [save([{ ...cell(), model: 'closed' }], profile(64)), /model: .*model is open in A, closed/],
    ] as const;
    for (const [b, expected] of cases) {
      const { code, out, err } = await run('compare', a, b);
      assert.equal(code, 104);
      assert.match(err, expected);
      assert.equal(out, '');
      const forced = await run('compare', a, b, '--force');
      assert.equal(forced.code, 0);
      assert.match(forced.out.replaceAll('\n', ' '), /FORCED: these runs differ in more than the build/);
    }
    const other = await run('compare', a, save([cell(1, { connections: 7 })]));
    assert.deepEqual([other.code, /no cell in common/.test(other.err)], [104, true]);
  });

  it('says what is wrong with a file, and where', async () => {
    const a = save([cell()]);
    const text = readFileSync(path.join(root, a, 'result.json'), 'utf8');
    const broken = (name: string, content: string) => {
      writeFileSync(path.join(root, name), content);
      return name;
    };
    const edited = JSON.parse(text);
    edited.cells[0].flows[0].latencyUs.service.p50 = 700;
    const faster = JSON.parse(text);
    faster.cells[0].rate.answeredPerSecond = 1100;
    const untyped = JSON.parse(text);
    untyped.cells[0].rate.answeredPerSecond = 'many';
    // Sparse: it takes no room on the disk.
    truncateSync(path.join(root, broken('huge.json', text)), 300 * 1024 * 1024);
    const cases = [
      ['huge.json', /huge\.json: it has 314572800 bytes; the limit is 268435456 bytes/],
      ['nowhere', /nowhere: there is no such file or folder/],
      [broken('empty.json', ''), /empty\.json: it is empty/],
      [broken('cut.json', text.slice(0, 5000)), /cut\.json: it is cut off/],
      [
        broken('old.json', text.replace('"schemaVersion": 1', '"schemaVersion": 9')),
        /schemaVersion 9; this version of wsurge reads 1/,
      ],
      [broken('type.json', JSON.stringify(untyped)), /cells\.0\.rate\.answeredPerSecond/],
      [
        broken('edited.json', JSON.stringify(edited)),
        /cells\.0 .*service\.p50 is 700, its histogram gives \d+: it was changed/,
      ],
      [
        broken('faster.json', JSON.stringify(faster)),
        /cells\.0 .*rate\.answeredPerSecond is 1100, 10000 of 10000 messages give 1000: it was changed/,
      ],
    ] as const;
    for (const [b, expected] of cases) {
      const { code, err } = await run('compare', a, b);
      assert.equal(code, 104, b);
      assert.match(err, expected);
    }
  });

  it('names every slip of the command line at once', async () => {
    const { code, err } = await run('compare', 'x', '--margin', 'p51=5%', '--noise', 'abc', '--forse');
    assert.equal(code, 104);
    for (const part of ['needs two runs', 'names no metric', '"abc" is no share', 'did you mean "--force"']) {
      assert.ok(err.includes(part), `${part} is missing in ${err}`);
    }
    assert.match((await run('compare', 'x', 'y', 'z')).err, /nothing says which are B/);
    for (const flag of ['--noise=3%', '--history=h.ndjson']) {
      const several = await run('compare', 'x', 'y', '--vs', 'z', flag);
      assert.deepEqual([several.code, /is for one run a side/.test(several.err)], [104, true], several.err);
    }
  });

  it('writes JSON, Markdown and JUnit; warns of a run compared with itself, and of a baseline that is always first', async () => {
    const [a, b] = [save([cell()]), save([cell(1.5)])];
    const { code } = await run('compare', a, b, '--noise', '2%', '-o', 'out', '-q');
    assert.equal(code, 99);
    const read = (name: string) => readFileSync(path.join(root, 'out', name), 'utf8');
    assert.match(parseComparison(JSON.parse(read('comparison.json'))).warnings.join(), /alternates the builds/);
    assert.match(read('comparison.md'), /\*\*REGRESSED\*\*/);
    assert.match(read('comparison.xml'), /failures="2"/);
    assert.match((await run('compare', a, a)).out.replaceAll(/\s+/g, ' '), /compared with itself/);
  });
});
