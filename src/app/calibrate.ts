/** Finds out what this machine can measure: the floor, and the highest load at which it stays VALID. */
import { type CalibrationItem, CalibrationSource } from '../campaign/calibration-source.js';
import type { EventSink } from '../campaign/events.js';
import { mostConnections } from '../coordinator/preflight.js';
import { EMBEDDED } from '../coordinator/route.js';
import { EXIT, type ExitCode, usageError, WsurgeError } from '../errors.js';
import { usableCores } from '../machine/cores.js';
import { readLimits } from '../machine/limits.js';
import type { RunOutcome } from '../metrics/cell-result.js';
import { flowOf, headlineOf } from '../metrics/flow.js';
import type { Cell } from '../plan/cell.js';
import { type Plan, planOf } from '../plan/plan.js';
import { parseProfile } from '../profile/parse.js';
import type { Profile, Threshold } from '../profile/profile.js';
import { calibrationPath, type MachineFile, writeMachineFile } from '../store/machine-file.js';
import type { Calibration } from '../verdict/calibration.js';
import { plain } from '../verdict/cell-facts.js';
import { thisMachine } from './kept-calibration.js';
import type { Surroundings } from './surroundings.js';
import { loadThreads, TargetSession } from './target-session.js';

/** One load that was tried, and whether this machine measured it well. */
export interface CalibrationTrial {
  /** What is searched: `floor`, `rate`, `connections` or `connects`. */
  readonly item: string;
  readonly level: number;
  readonly passed: boolean;
  /** Why the trial failed, where that is known. */
  readonly why: string | null;
}

/** What is told of a calibration. */
export interface CalibrationWatch {
  /** The embedded server is up, and the loads come next. `engine`: of the server, if known. */
  begins(engine: string | null): void;
  trial(trial: CalibrationTrial): void;
}

/** What a calibration leaves. */
export interface Calibrated {
  readonly exitCode: ExitCode;
  readonly kept: MachineFile;
  /** Where `kept` was written. */
  readonly file: string;
}

/** A response slower than this is a stall, not the machine's limit. */
const STALL_US = 1_000_000;
const SLO: Threshold = {
  ...{ metric: 'ws_service_time', selector: {}, expression: 'p(95)<1s', comparison: '<', limit: STALL_US },
  aggregation: { kind: 'percentile', quantile: 0.95 },
  ...{ title: null, gate: true, abortOnFail: false, delayAbortEvalMs: 0 },
};

/**
 * Loads the embedded server until it is known what this machine can measure, and keeps that for later runs. Throws
 * WsurgeError 104 where there is no folder to keep it in, 105 where it is interrupted: then nothing is kept.
 */
export async function calibrateMachine(around: Surroundings, watch: CalibrationWatch): Promise<Calibrated> {
  const file = calibrationPath(around.env);
  if (file === null)
    throw usageError('no_home', 'there is no folder to keep the calibration in', 'set HOME or XDG_CACHE_HOME');
  const parsed = parseProfile(
    { kind: 'flags', value: PROFILE },
    { env: around.env, readText: unread, overrides: [], problems: [], mentions: [] },
  );
  const plan = planFor(parsed.profile);
  const source = new CalibrationSource(itemsOf(plan), SLO);
  const session = await TargetSession.open({
    ...{ parsed, plan, around, route: EMBEDDED, allowedTargets: [] },
    // The embedded server redirects nobody.
    onRedirect: () => undefined,
  });
  const runner = loadThreads(parsed.profile, plan);
  const { engine } = session.target;
  watch.begins(engine);
  try {
    const outcome = await session.run({ runner, source, preWarm: plan.preWarm }, trialsSink(source, watch));
    if (outcome.interrupted)
      throw new WsurgeError(
        EXIT.interrupted,
        'interrupted',
        'stopped before the calibration was done: nothing is kept',
      );
    const kept = machineFile(calibrationOf(source, outcome), engine);
    await writeMachineFile(file, kept);
    return { exitCode: kept.calibration.ratePerSecond === null ? EXIT.invalid : EXIT.passed, kept, file };
  } finally {
    await runner.dispose();
    await session.close();
  }
}

const PROFILE = {
  name: 'calibrate',
  target: { embedded: 'auto' },
  load: [{ name: 'calibrate', connections: 1, rate: 100 }],
  warmup: '500ms',
  duration: '3s',
};

function unread(): never {
  throw new Error('the profile of a calibration names no file');
}

function planFor(profile: Profile): Plan {
  const cores = usableCores();
  return planOf({ ...profile, workers: Math.max(1, cores - 1) }, { only: [], cores, localTarget: true });
}

/** The fewest messages, connections and connects a second that are worth asking about. */
const FROM = { rate: 1000, connections: 1000, connects: 250 };
const FLOOR_MS = 10_000;

function itemsOf({ cells, workers }: Plan): CalibrationItem[] {
  const base = cells[0]!;
  const most = mostConnections(readLimits(), { workers, localAddresses: [] })?.connections ?? 100_000;
  const steady = (connections: number, rate: number, more: Partial<Cell> = {}): Cell => ({
    ...base,
    connections: { from: connections, to: connections },
    rate: { from: rate, to: rate },
    axes: { connections, rate },
    ...more,
  });
  const up = (from: number, max: number) => ({
    from: Math.min(from, max),
    floor: Math.min(from, max),
    max,
    whole: true,
    confirm: false,
  });
  return [
    { name: 'floor', limits: up(1, 1), cellAt: () => steady(1, 100, { durationMs: FLOOR_MS }) },
    { name: 'rate', limits: up(FROM.rate, 200_000), cellAt: (level) => steady(50, level) },
    {
      name: 'connections',
      limits: up(FROM.connections, most),
      cellAt: (level) => steady(level, 500, { connectRate: 1000 }),
    },
    {
      name: 'connects',
      limits: up(FROM.connects, 20_000),
      cellAt: (level) => steady(Math.min(most, 2 * level), 100, { connectRate: level }),
    },
  ];
}

/** Tells of every trial that `source` has judged. */
function trialsSink(source: CalibrationSource, watch: CalibrationWatch): EventSink {
  return (event) => {
    const step = source.steps.at(-1);
    if (event.type !== 'cell' || step === undefined) return;
    const { passed, why } = step.judgement;
    watch.trial({ item: step.item, level: step.level, passed, why });
  };
}

function calibrationOf(source: CalibrationSource, { cells }: RunOutcome): Calibration {
  const floor = cells.findLast(({ load }) => load === 'floor');
  const headline = floor === undefined ? null : headlineOf(flowOf(floor));
  const at = (name: 'p50' | 'p99') => (headline === null ? null : plain(headline, name));
  return {
    accuracy: source.accuracy,
    floorUs: { p50: at('p50'), p99: at('p99') },
    ratePerSecond: source.levelOf('rate'),
    connections: source.levelOf('connections'),
    connectsPerSecond: source.levelOf('connects'),
  };
}

function machineFile(calibration: Calibration, engine: string | null): MachineFile {
  return { version: 1, measuredAt: new Date().toISOString(), machine: thisMachine(), engine, calibration };
}
