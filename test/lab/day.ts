/**
 * A day of four workers, made up: watched while it runs, written to a run folder and reported. How long that takes, in how
 * much memory.
 */
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import type { Interval } from '../../src/metrics/interval.js';
import { cellsOf } from '../../src/plan/cells.js';
import { redactProfile } from '../../src/profile/redact.js';
import { createRunFolder, INTERVALS_FILE, type RunFolder } from '../../src/store/run-folder.js';
import { MergedThreads } from '../metrics/merged-threads.js';
import { parse } from '../profile/fixtures.js';
import { documentOf } from '../report/document-fixture.js';
import { countersIn, countsOf, intervalOf } from '../report/run/saved-fixture.js';

const CLI = fileURLToPath(new URL('../../bundle/cli/bin.js', import.meta.url));
const DAY_S = 24 * 3600;
const WORKERS = 4;
/** Lines between two waits for the disk. */
const AT_A_TIME = 4000;
const MOST_HEAP_MB = 300;
const MOST_RESULTS_S = 5;
/** A look at a cell that has run for a day may take so many times as long as one after an hour. */
const MOST_LOOK_GROWTH = 2;
const HOUR_S = 3600;
const LOOKS = 50;

/** `npm run lab -- day`: 0 if all figures are within what is printed beside them, else 1. */
export async function dayMain(print: (text: string) => void): Promise<number> {
  const root = await mkdtemp(path.join(os.tmpdir(), 'wsurge-day-'));
  try {
    const { folder, resultsS, heapMb, lookMs } = await writeDay(root);
    const bytes = statSync(path.join(folder.path, INTERVALS_FILE)).size;
    print(`${(bytes / 1e6).toFixed(0)} MB of intervals.ndjson, ${DAY_S * WORKERS} lines\n`);
    print(`${resultsS.toFixed(2)} s for the result of the cell (at most ${MOST_RESULTS_S} s)\n`);
    print(`${heapMb.toFixed(0)} MB of heap in what ran it (at most ${MOST_HEAP_MB} MB)\n`);
    const growth = lookMs[1] / lookMs[0];
    print(
      `${lookMs.map((ms) => ms.toFixed(2)).join(' and ')} ms for a look after an hour and after the day: ${growth.toFixed(2)} times as long (at most ${MOST_LOOK_GROWTH})\n`,
    );
    const startMs = performance.now();
    const heap = `--max-old-space-size=${MOST_HEAP_MB}`;
    const { status, stderr } = spawnSync(process.execPath, [heap, CLI, 'report', folder.path], { encoding: 'utf8' });
    const tookS = (performance.now() - startMs) / 1000;
    const page = status === 0 ? statSync(path.join(folder.path, 'report.html')).size : Number.NaN;
    print(`${tookS.toFixed(1)} s for wsurge report in a heap of ${MOST_HEAP_MB} MB: exit code ${status}${stderr}\n`);
    print(`${(page / 1000).toFixed(0)} KB of report.html (at most 1000 KB)\n`);
    const isLight = heapMb < MOST_HEAP_MB && growth < MOST_LOOK_GROWTH;
    return status === 0 && isLight && resultsS < MOST_RESULTS_S && page < 1e6 ? 0 : 1;
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

interface Day {
  readonly folder: RunFolder;
  readonly resultsS: number;
  readonly heapMb: number;
  /** For one look after an hour, and after the day. */
  readonly lookMs: readonly [number, number];
}

async function writeDay(root: string): Promise<Day> {
  const { profile, secrets } = parse(
    'target: { url: "ws://127.0.0.1:9/" }\nload:\n  - { name: day, connections: 20, rate: 20/s }\nwarmup: 0s\nduration: 24h\n',
  );
  const cell = cellsOf(profile)[0]!;
  const folder = await createRunFolder(root, 'day', new Date());
  const merger = new MergedThreads(cell, WORKERS);
  const lines = linesOf(cell.id);
  let afterHourMs = Number.NaN;
  for (let i = 0; i < DAY_S * WORKERS; i++) {
    const line = lines(i);
    folder.appendInterval(line);
    merger.add(line);
    if (i === HOUR_S * WORKERS) afterHourMs = lookMsOf(merger);
    if (i % AT_A_TIME === 0) await folder.flush();
  }
  const lookMs = [afterHourMs, lookMsOf(merger)] as const;
  const startMs = performance.now();
  const result = merger.finish({
    ...{ pacing: 'timer', interrupted: false, withoutTotals: true, restartProblems: new Map() },
    phases: [{ name: 'measure', fromMs: 0, toMs: cell.durationMs }],
    server: { status: 'unavailable', engine: null, reason: 'there is none' },
    host: { cpuPercent: null, rssBytes: null, throttled: null, steal: null, suspendedMs: null },
  });
  const resultsS = (performance.now() - startMs) / 1000;
  const heapMb = process.memoryUsage().heapUsed / 1e6;
  const document = documentOf({ cells: [result], thresholds: [] });
  await folder.writeReport('result.json', JSON.stringify(document));
  const { runId, startedAt, labels, tool, environment, target, planHash, seed, workers } = document;
  await folder.writeRun({
    ...{ runId, status: 'complete', startedAt, labels, tool, environment, target, planHash, seed, workers },
    profile: redactProfile(profile, secrets),
  });
  await folder.close();
  return { folder, resultsS, heapMb, lookMs };
}

/** How long the fastest of some looks takes, as the dashboard and an abort rule make them. */
function lookMsOf(merger: MergedThreads): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < LOOKS; i++) {
    const startMs = performance.now();
    merger.soFar(1000, { intervals: false, newestSeconds: 60, histograms: true, client: true });
    merger.latest();
    least = Math.min(least, performance.now() - startMs);
  }
  return least;
}

/** Line `i` of the day, the workers in turns: five messages a second each. */
function linesOf(cell: string): (i: number) => Interval {
  const base = intervalOf({ cell, open: 5, openMin: 5 });
  const counters = countersIn({ planned: 5, sent: 5, answered: 5, received: 5 });
  const kinds = Array.from({ length: 97 }, (_, k) => countsOf(200 + 7 * k, 300 + 5 * k, 400, 900 + k, 2000 + 31 * k));
  return (i) => {
    const second = Math.floor(i / WORKERS);
    const counts = kinds[i % kinds.length]!;
    const histograms = { response: counts, service: counts, lag: kinds[0]! };
    const flow = [{ phase: 'measure' as const, second, counters, histograms }];
    return { ...base, worker: i % WORKERS, line: second, second, flow };
  };
}
