/** `npm run lab -- soak [--minutes N]`: a long run of wsurge, and whether its memory grows. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Line, leastSquares } from '../../src/stats/least-squares.js';
import { parseResidentBytes } from '../../src/target/proc-text.js';
import { wsServer } from '../e2e/local-server.js';

const CLI = fileURLToPath(new URL('../../src/cli/bin.js', import.meta.url));
const DEFAULT_MINUTES = 30;
const EVERY_MS = 1000;
/** Heap, code and the seconds that are still open grow to their size at first: a quarter of the time, or this. */
const SETTLING = 0.25;
const SETTLING_MINUTES = 3;
/**
 * Loaded into wsurge: every thread collects its garbage every ten seconds, so that what is seen is what is kept. V8 by itself
 * lets the garbage of a small heap lie for many minutes.
 */
const COLLECTING = 'setInterval(gc, 10_000).unref();\n';
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
  const looks = await residentMb(minutes);
  const from = Math.max(SETTLING_MINUTES, minutes * SETTLING);
  const settled = looks.filter(({ minute }) => minute >= from);
  const line = leastSquares(floorOf(settled));
  if (line === null || settled.length < 2 * STRETCHES) {
    print(`only ${looks.length} looks at its memory: the run ended too soon\n`);
    return 1;
  }
  const [low, high] = slopeRange(line, STRETCHES);
  const isFlat = low <= KEPT_MB_PER_MINUTE;
  const [first, last] = [settled[0]!, settled.at(-1)!];
  print(
    `${isFlat ? 'PASS' : 'FAIL'}  ${minutes} min: ${first.mb.toFixed(1)} MB to ${last.mb.toFixed(1)} MB, ` +
      `${line.slope.toFixed(3)} MB a minute (95 % ${low.toFixed(3)} to ${high.toFixed(3)}; ` +
      `at most ${KEPT_MB_PER_MINUTE} for the seconds that are kept)\n`,
  );
  return isFlat ? 0 : 1;
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

/** Two workers, open load, every page and file on: what a run keeps is in it. */
async function residentMb(minutes: number): Promise<Look[]> {
  const server = await wsServer();
  const cwd = await mkdtemp(path.join(os.tmpdir(), 'wsurge-soak-'));
  const load = ['-c', '20', '-R', '200', '-w', '2', '-W', '0s', '-d', `${Math.round(minutes * 60)}s`];
  const preload = path.join(cwd, 'collecting.cjs');
  await writeFile(preload, COLLECTING);
  const words = ['--expose-gc', '--require', preload, CLI, 'run', server.url, ...load, '--dashboard', '0'];
  const child = spawn(process.execPath, words, { cwd, stdio: 'ignore' });
  const looks: Look[] = [];
  const startMs = performance.now();
  const watch = setInterval(() => {
    const minute = (performance.now() - startMs) / 60_000;
    const bytes = minute < minutes ? residentBytes(child.pid!) : null;
    if (bytes !== null) looks.push({ minute, mb: bytes / 1e6 });
  }, EVERY_MS);
  try {
    await once(child, 'exit');
    return looks;
  } finally {
    clearInterval(watch);
    await server.stop();
    await rm(cwd, { recursive: true, force: true });
  }
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
