/** `npm run lab -- soak [--minutes N]`: a long run of wsurge, and whether its memory grows. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parseResidentBytes } from '../../src/machine/proc/proc-text.js';
import { type Line, leastSquares } from '../../src/stats/least-squares.js';
import { wsServer } from '../e2e/local-server.js';

const CLI = fileURLToPath(new URL('../../bundle/cli/bin.js', import.meta.url));
const DEFAULT_MINUTES = 30;
const EVERY_MS = 1000;
/** The dashboard keeps the newest ten minutes; heap, code and open seconds have grown to their size long before. */
const SETTLING_MINUTES = 11;
/**
 * Loaded into wsurge: every thread collects its garbage every ten seconds, so that what is seen is what is kept, and writes
 * down how much that is. V8 by itself lets the garbage of a small heap lie for many minutes.
 */
const collecting = (file: string) => `const { threadId } = require('node:worker_threads');
const { appendFileSync } = require('node:fs');
setInterval(() => {
  gc();
  const { heapUsed, external } = process.memoryUsage();
  appendFileSync(${JSON.stringify(file)}, [threadId, performance.timeOrigin + performance.now(), heapUsed + external].join(' ') + '\\n');
}, 10_000).unref();
`;
/** Looks of which the least counts: between two collections memory rises and falls. */
const STRETCHES = 24;
/** The seconds of a run are kept, packed: about a kilobyte each. */
const KEPT_MB_PER_MINUTE = 0.1;
const USAGE = 'npm run lab -- soak [--minutes N]\n';

/** 0 where the resident memory of wsurge rises no more than its seconds take, but for noise; else 1. */
export async function soakMain(args: readonly string[], print: (text: string) => void): Promise<number> {
  const minutes = minutesOf(args);
  if (minutes === null) {
    print(USAGE);
    return 1;
  }
  const { resident, kept } = await memoryOf(minutes);
  const from = Math.min(SETTLING_MINUTES, minutes / 2);
  const trends = [...kept].map(([thread, looks]) => ({
    name: thread === 0 ? 'kept by the coordinator' : `kept by thread ${thread}`,
    trend: trendOf(looks, from),
  }));
  for (const { name, trend } of trends) if (trend !== null) print(`      ${name}: ${trend.text}\n`);
  const trend = trendOf(resident, from);
  if (trend === null) {
    print(`only ${resident.length} looks at its memory: the run ended too soon\n`);
    return 1;
  }
  const isFlat = trend.low <= KEPT_MB_PER_MINUTE;
  print(
    `${isFlat ? 'PASS' : 'FAIL'}  ${minutes} min, resident: ${trend.text}; ` +
      `at most ${KEPT_MB_PER_MINUTE} MB a minute for the seconds that are kept\n`,
  );
  return isFlat ? 0 : 1;
}

interface Trend {
  /** The least slope that the looks allow, MB a minute. */
  readonly low: number;
  readonly text: string;
}

/** How memory rises from that minute on; null for too few looks. */
function trendOf(looks: readonly Look[], from: number): Trend | null {
  const settled = looks.filter(({ minute }) => minute >= from);
  const floor = floorOf(settled);
  const line = leastSquares(floor);
  if (line === null || settled.length < 2 * STRETCHES) return null;
  const [low, high] = slopeRange(line, floor.length);
  const [first, last] = [settled[0]!, settled.at(-1)!];
  const range = `95 % ${low.toFixed(3)} to ${high.toFixed(3)}`;
  return {
    low,
    text: `${first.mb.toFixed(1)} MB to ${last.mb.toFixed(1)} MB, ${line.slope.toFixed(3)} MB a minute (${range})`,
  };
}

function minutesOf(args: readonly string[]): number | null {
  try {
    const { values } = parseArgs({ args: [...args], options: { minutes: { type: 'string' } } });
    const minutes = Number(values.minutes ?? DEFAULT_MINUTES);
    return minutes > 0 ? minutes : null;
  } catch {
    return null;
  }
}

interface Look {
  readonly minute: number;
  readonly mb: number;
}

interface Memory {
  readonly resident: readonly Look[];
  /** What the heap of each thread holds after a collection, with the memory outside of it that the heap owns. */
  readonly kept: ReadonlyMap<number, readonly Look[]>;
}

/** Two workers, open load, every page and file on: what a run keeps is in it. */
async function memoryOf(minutes: number): Promise<Memory> {
  const server = await wsServer();
  const cwd = await mkdtemp(path.join(os.tmpdir(), 'wsurge-soak-'));
  const load = ['-c', '20', '-R', '200', '-w', '2', '-W', '0s', '-d', `${Math.round(minutes * 60)}s`];
  const [preload, heaps] = [path.join(cwd, 'collecting.cjs'), path.join(cwd, 'heaps')];
  await writeFile(preload, collecting(heaps));
  const words = ['--expose-gc', '--require', preload, CLI, 'run', server.url, ...load, '--dashboard', '0'];
  const child = spawn(process.execPath, words, { cwd, stdio: 'ignore' });
  const looks: Look[] = [];
  const startMs = performance.now();
  const minuteOf = (ms: number) => (ms - startMs) / 60_000;
  const watch = setInterval(() => {
    const minute = minuteOf(performance.now());
    const bytes = minute < minutes ? residentBytes(child.pid!) : null;
    if (bytes !== null) looks.push({ minute, mb: bytes / 1e6 });
  }, EVERY_MS);
  try {
    await once(child, 'exit');
    return {
      resident: looks,
      kept: keptIn(await readFile(heaps, 'utf8'), (ms) => minuteOf(ms - performance.timeOrigin)),
    };
  } finally {
    clearInterval(watch);
    await server.stop();
    await rm(cwd, { recursive: true, force: true });
  }
}

function keptIn(text: string, minuteOf: (ms: number) => number): Map<number, Look[]> {
  const kept = new Map<number, Look[]>();
  for (const line of text.trimEnd().split('\n')) {
    const [thread = 0, ms = 0, bytes = 0] = line.split(' ').map(Number);
    const looks = kept.get(thread) ?? [];
    kept.set(thread, looks);
    looks.push({ minute: minuteOf(ms), mb: bytes / 1e6 });
  }
  return kept;
}

function residentBytes(pid: number): number | null {
  try {
    return parseResidentBytes(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return null; // it has ended
  }
}

/** The least of each stretch of looks. */
function floorOf(looks: readonly Look[]): (readonly [number, number])[] {
  const length = Math.max(1, Math.floor(looks.length / STRETCHES));
  return Array.from({ length: STRETCHES }, (_, i) => looks.slice(i * length, (i + 1) * length))
    .filter((stretch) => stretch.length > 0)
    .map((stretch) => stretch.reduce((least, look) => (look.mb < least.mb ? look : least)))
    .map(({ minute, mb }) => [minute, mb] as const);
}

/** Two standard errors to both sides. */
function slopeRange({ slope, r2 }: Line, points: number): [number, number] {
  const error = r2 === 0 ? 0 : Math.abs(slope) * Math.sqrt((1 / r2 - 1) / (points - 2));
  return [slope - 2 * error, slope + 2 * error];
}
