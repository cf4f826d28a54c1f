import { thisMachine } from '../app/kept-calibration.js';
import { loadThreads, TargetSession } from '../app/target-session.js';
import { type CalibrationItem, CalibrationSource } from '../campaign/calibration-source.js';
import type { EventSink } from '../campaign/events.js';
import { mostConnections } from '../coordinator/preflight.js';
import { EMBEDDED } from '../coordinator/route.js';
import { EXIT, type ExitCode, usageError, WsurgeError } from '../errors.js';
import { usableCores } from '../machine/cores.js';
import { readLimits } from '../machine/limits.js';
import type { RunOutcome } from '../metrics/cell-result.js';
import type { Cell } from '../plan/cell.js';
import { type Plan, planOf } from '../plan/plan.js';
import { DEFAULT_ACCURACY } from '../profile/accuracy.js';
import { parseProfile } from '../profile/parse.js';
import type { Accuracy, Threshold } from '../profile/profile.js';
import { jsonText } from '../report/run/json.js';
import { calibrationPath, type MachineFile, writeMachineFile } from '../store/machine-file.js';
import { formatCount, formatMs } from '../units.js';
import { accuracyText } from '../verdict/accuracy.js';
import type { Calibration } from '../verdict/calibration.js';
import { headlineOf, plain } from '../verdict/cell-facts.js';
import type { CliIo } from './io.js';
import type { MachineRequest } from './options/machine-options.js';

/** A response slower than this is a stall, not the machine's limit. */
const STALL_US = 1_000_000;
const SLO: Threshold = {
  ...{ metric: 'ws_service_time', selector: {}, expression: 'p(95)<1s', comparison: '<', limit: STALL_US },
  aggregation: { kind: 'percentile', quantile: 0.95 },
  ...{ title: null, gate: true, abortOnFail: false, delayAbortEvalMs: 0 },
};

/**
 * `wsurge calibrate`: measures the floor and the highest load at which this machine stays VALID, against the embedded
 * server. Later runs warn when they ask for more.
 */
export async function calibrateCommand({ json, quiet }: MachineRequest, io: CliIo): Promise<ExitCode> {
  const file = calibrationPath(io.env);
  if (file === null)
    throw usageError('no_home', 'there is no folder to keep the calibration in', 'set HOME or XDG_CACHE_HOME');
  const parsed = parseProfile(
    { kind: 'flags', value: PROFILE },
    { env: io.env, readText: unread, overrides: [], problems: [], mentions: [] },
  );
  const plan = planFor(parsed.profile);
  const source = new CalibrationSource(itemsOf(plan), SLO);
  const session = await TargetSession.open({
    ...{ parsed, plan, around: io, route: EMBEDDED, allowedTargets: [] },
    // The embedded server redirects nobody.
    onRedirect: () => undefined,
  });
  const runner = loadThreads(parsed.profile, plan);
  if (!quiet) io.stderr.write(`the embedded server, engine ${session.target.engine}: about four minutes\n`);
  try {
    const outcome = await session.run({ runner, source, preWarm: plan.preWarm }, stepsSink(source, quiet ? null : io));
    if (outcome.interrupted)
      throw new WsurgeError(
        EXIT.interrupted,
        'interrupted',
        'stopped before the calibration was done: nothing is kept',
      );
    const kept = machineFile(calibrationOf(source, outcome), session.target.engine);
    await writeMachineFile(file, kept);
    tell(kept, file, json, io);
    return kept.calibration.ratePerSecond === null ? EXIT.invalid : EXIT.passed;
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

function planFor(profile: Parameters<typeof planOf>[0]): Plan {
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

/** Prints every step that `source` has judged. */
function stepsSink(source: CalibrationSource, io: CliIo | null): EventSink {
  return (event) => {
    const step = source.steps.at(-1);
    if (event.type !== 'cell' || io === null || step === undefined) return;
    const { passed, why } = step.judgement;
    io.stderr.write(
      `${step.item.padEnd(12)} ${formatCount(step.level).padStart(8)}  ${passed ? 'valid' : (why ?? 'failed')}\n`,
    );
  };
}

function calibrationOf(source: CalibrationSource, { cells }: RunOutcome): Calibration {
  const floor = cells.findLast(({ load }) => load === 'floor');
  const headline = floor === undefined ? null : headlineOf(floor);
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

/** What the figures below it stand for. */
function finenessText(accuracy: Accuracy): string {
  const coarser = `: coarser than the usual ${accuracyText(DEFAULT_ACCURACY)}, because this machine disturbs even an idle echo`;
  return `latencies to within ${accuracyText(accuracy)}${accuracy.us > DEFAULT_ACCURACY.us ? coarser : ''}`;
}

function tell(kept: MachineFile, file: string, json: boolean, io: CliIo): void {
  if (json) {
    io.stdout.write(jsonText(kept));
    return;
  }
  const { accuracy, floorUs, ratePerSecond, connections, connectsPerSecond } = kept.calibration;
  const most = (value: number | null) => (value === null ? 'none: not VALID even at the least' : formatCount(value));
  const ms = (us: number | null) => (us === null ? 'n/a' : `${formatMs(us)} ms`);
  const lines = [
    `floor            p50 ${ms(floorUs.p50)}, p99 ${ms(floorUs.p99)}`,
    ...(accuracy === undefined ? [] : [`accuracy         ${finenessText(accuracy)}`]),
    `messages         ${most(ratePerSecond)} a second`,
    `connections      ${most(connections)}`,
    `connects         ${most(connectsPerSecond)} a second`,
    `engine           ${kept.engine ?? 'unknown'}`,
    `kept in          ${file}`,
  ];
  io.stdout.write(`${lines.join('\n')}\n`);
}
