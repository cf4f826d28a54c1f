import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { ResultDocument } from '../documents/result-document.js';
import { parseResult } from '../documents/result-schema.js';
import { figureProblem } from '../metrics/figure-check.js';
import { MeasuredSeconds, type SecondResamples } from '../metrics/seconds/second-resamples.js';
import { Rng, seedOf } from '../stats/rng.js';
import { readResult, readRun, visitIntervals } from '../store/read-run.js';
import { INTERVALS_FILE, RESULT_FILE, RUN_FILE } from '../store/run-folder.js';
import { unreadable } from '../store/store-error.js';
import type { RunOnSide, Side } from '../verdict/compare/compared-run.js';

/** What takes a few minutes to read. A day of eight workers has about half of this. */
const MOST_SECONDS_BYTES = 8 * 1024 * 1024 * 1024;

/**
 * Reads a saved run. `location` is a run folder or its result.json. `secondsFor` names the side of the comparison and asks
 * for the run's single seconds; without an intervals.ndjson, or with one beyond 8 GiB, the intervals in result.json are
 * used. Throws WsurgeError (104) if the run cannot be read.
 */
export async function readComparedRun(source: string, location: string, secondsFor: Side | null): Promise<RunOnSide> {
  const run = await readChecked(location);
  if (secondsFor === null) return { source, run, resamples: new Map() };
  const isFolder = (await stat(location)).isDirectory();
  const file = path.join(isFolder ? location : path.dirname(location), INTERVALS_FILE);
  const resamples = (await isUsable(file)) ? await resamplesOf(file, secondsFor) : new Map();
  return { source, run, resamples };
}

/** Reads a result and checks that its figures agree with each other. Throws WsurgeError (104) if one was changed. */
export async function readChecked(location: string): Promise<ResultDocument> {
  if (await hasNoEnd(location)) throw unreadable(location, NO_END);
  return await readResult(location, (value) => {
    const run = parseResult(value);
    if (run.status === 'crashed') throw new Error(NO_END);
    run.cells.forEach((cell, i) => {
      const problem = figureProblem(cell);
      if (problem !== null) throw new Error(`cells.${i} (${cell.id}): ${problem}: it was changed after the run`);
    });
    return run;
  });
}

const NO_END = 'the run was killed or died before its end, so it cannot be compared; wsurge report shows what there is';

/** Whether a folder holds a run that wrote no result. */
async function hasNoEnd(location: string): Promise<boolean> {
  const [result, run] = [RESULT_FILE, RUN_FILE].map((name) => existsSync(path.join(location, name)));
  if (result === true || run !== true) return false;
  return ['running', 'crashed'].includes((await readRun(location)).status);
}

/** Each side has its own random draws. With shared draws, luck common to both would drop out of their ratio. */
async function resamplesOf(file: string, side: Side): Promise<Map<string, SecondResamples>> {
  const byCell = new Map<string, MeasuredSeconds>();
  await visitIntervals(file, {
    interval(line) {
      const seconds = byCell.get(line.cell) ?? new MeasuredSeconds();
      byCell.set(line.cell, seconds);
      seconds.add(line);
    },
    serverSecond: () => undefined,
  });
  const found = new Map<string, SecondResamples>();
  for (const [cell, seconds] of byCell) {
    const resamples = seconds.resamples(new Rng(seedOf('compare', side, cell)));
    if (resamples !== null) found.set(cell, resamples);
  }
  return found;
}

async function isUsable(file: string): Promise<boolean> {
  return stat(file).then(
    ({ size }) => size <= MOST_SECONDS_BYTES,
    () => false,
  );
}
