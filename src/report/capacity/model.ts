/** A capacity search as columns, grid and sentences, for every format alike. */
import type {
  CapacityCost,
  CapacityDocument,
  CapacityGridRow,
  CapacityStepRow,
} from '../../documents/capacity-document.js';
import { EXIT } from '../../errors.js';
import { type GeneratorEnvironment, loadingMachines } from '../../metrics/environment.js';
import { askedText, countText, cpuText, latencyText, NOT_AVAILABLE, rateText } from '../../text/number-text.js';
import { formatBytes, formatCount, formatMs } from '../../units.js';
import type { TextColumn } from '../shared/terminal-table.js';
import { plural } from '../shared/verdict-line.js';

/** A column of the table of steps, with its value. */
export interface StepColumn extends TextColumn {
  readonly name: string;
  readonly unit: string;
  readonly text: (row: CapacityStepRow) => string;
}

/** What the table of steps is headed by: the quantity of the SLO, and what is counted as done. */
export type StepHeads = Pick<CapacityDocument['search'], 'quantile' | 'done'>;

export function stepColumns({ quantile, done }: StepHeads): readonly StepColumn[] {
  return [
    { name: 'step', unit: '', width: 7, align: 'left', text: ({ purpose }) => purpose },
    { name: 'conns', unit: '', width: 6, align: 'right', text: ({ connections }) => countText(connections) },
    { name: 'held', unit: '', width: 6, align: 'right', text: ({ held }) => countText(held) },
    {
      name: 'asked',
      unit: 'msg/s',
      width: 6,
      align: 'right',
      text: ({ askedPerSecond }) => (askedPerSecond === null ? '-' : askedText(askedPerSecond)),
    },
    {
      name: 'done',
      unit: done === 'deliveries' ? 'del/s' : 'msg/s',
      width: 6,
      align: 'right',
      text: ({ answeredPerSecond }) => rateText(answeredPerSecond),
    },
    { name: quantile, unit: 'ms', width: 7, align: 'right', text: ({ valueUs }) => latencyText(valueUs) },
    { name: '95 % interval', unit: 'ms', width: 15, align: 'right', text: ({ ciUs }) => intervalText(ciUs) },
    { name: 'cpu', unit: '%', width: 5, align: 'right', text: ({ serverCpuPercent }) => cpuText(serverCpuPercent) },
  ];
}

function intervalText(ciUs: CapacityStepRow['ciUs']): string {
  return ciUs === null ? NOT_AVAILABLE : `${latencyText(ciUs[0])}–${latencyText(ciUs[1])}`;
}

/** `pass`; `pass ~` if the generator was in doubt; or who is to blame for a step that did not pass. */
export function stepWord({ passed, by, why }: CapacityStepRow): string {
  if (passed) return why === null ? 'pass' : 'pass ~';
  return by === 'client' ? 'CLIENT' : by === 'samples' ? 'UNKNOWN' : 'FAIL';
}

export function sloText({ search }: CapacityDocument): string {
  const done = search.done === 'deliveries' ? 'every message delivered to all' : 'every message answered';
  return `${search.slo} with its whole 95 % interval, ${done}, every connection held`;
}

export function conditionsText({
  target,
  environment,
  workers,
  pacing,
  steps,
  search,
  seed,
}: CapacityDocument): string {
  const [machine, ...others] = loadingMachines(environment.generators);
  return [
    target.url,
    ...(target.engine === null ? [] : [`engine ${target.engine}`]),
    ...(machine === undefined ? [] : [fromText(machine, others)]),
    plural(workers, 'worker'),
    `pacing ${pacing}`,
    `${search.model} model`,
    plural(steps.length, 'step'),
    `seed ${seed}`,
  ].join(', ');
}

/** `from 4 cores of Xeon`, or `from 2 agents (eu-1, eu-2)`. */
function fromText(machine: GeneratorEnvironment, others: readonly GeneratorEnvironment[]): string {
  if (machine.agent === undefined) return `from ${plural(machine.cores, 'core')} of ${machine.cpu}`;
  const names = [machine, ...others].map(({ agent }) => agent);
  const shown = names.slice(0, MOST_NAMES).join(', ');
  return `from ${plural(names.length, 'agent')} (${shown}${names.length > MOST_NAMES ? ', ...' : ''})`;
}

/** Names of agents in a line. */
const MOST_NAMES = 8;

/** What a search raises: `connections`, `subscribers in a room`, `msg/s`. */
function levelUnit({ axis, rooms }: CapacityDocument['search']): string {
  if (axis === 'subscribers') return (rooms ?? null) === null ? 'subscribers' : 'subscribers in a room';
  return axis === 'connections' ? 'connections' : 'msg/s';
}

/** The level of a step, in that unit. */
export function levelOf({ axis, rooms }: CapacityDocument['search'], step: StepLevels): number {
  if (axis === 'subscribers') return step.connections / (rooms ?? 1);
  return axis === 'connections' ? step.connections : (step.askedPerSecond ?? 0);
}

type StepLevels = Pick<CapacityStepRow, 'connections' | 'askedPerSecond'>;

export function requireText({ search, exitCode }: CapacityDocument): string {
  const what = levelUnit(search);
  return `${formatCount(search.require ?? 0)} ${what}: ${exitCode === EXIT.passed ? 'met' : exitCode === EXIT.failed ? 'NOT met' : 'not decided'}`;
}

/**
 * The rates of the columns. Rates that most rows share come first: they come from the climb, and a few of them span the
 * whole grid.
 */
export function gridRates({ steps }: CapacityDocument, most: number): number[] {
  const rates = [
    ...new Set(steps.flatMap(({ askedPerSecond }) => (askedPerSecond === null ? [] : [askedPerSecond]))),
  ].sort((a, b) => a - b);
  if (rates.length <= most) return rates;
  const first = rates[0]!;
  const ratio = (rates.at(-1)! / first) ** (1 / (most - 1));
  const nearest = (wanted: number) =>
    rates.reduce((best, rate) => (Math.abs(Math.log(rate / wanted)) < Math.abs(Math.log(best / wanted)) ? rate : best));
  return [...new Set(Array.from({ length: most }, (_, i) => nearest(first * ratio ** i)))];
}

/** `held`, `over` the SLO, spoilt by the `generator`; or `not run`, where its text follows from the steps beside it. */
export type GridState = 'held' | 'over' | 'generator' | 'not run';

/** One connection count at one rate. */
export interface GridPoint {
  readonly text: string;
  readonly state: GridState;
  /** What the SLO limits; null where nothing was measured. */
  readonly valueUs: number | null;
}

export function gridPoint({ steps }: CapacityDocument, row: CapacityGridRow, rate: number): GridPoint {
  const step = steps.findLast(
    ({ connections, askedPerSecond }) => connections === row.connections && askedPerSecond === rate,
  );
  if (step === undefined) {
    const isBelow = row.ratePerSecond !== null && rate <= row.ratePerSecond;
    return { text: isBelow ? 'ok' : 'over', state: 'not run', valueUs: null };
  }
  const { valueUs } = step;
  const text = latencyText(valueUs);
  if (step.passed) return { text, state: 'held', valueUs };
  return step.by === 'client'
    ? { text: `${text}?`, state: 'generator', valueUs }
    : { text: `${text}*`, state: 'over', valueUs };
}

/** `9.2 KB per connection`, or why there is no number. */
export function costText({ value, unit, per, note, r2, points }: CapacityCost): string {
  if (value === null) return note ?? NOT_AVAILABLE;
  const amount = unit === 'bytes' ? formatBytes(value) : `${formatMs(value * 1000)} us`;
  const ofRate = per === 'delivery' ? 'delivery/s' : 'msg/s';
  const of = per === 'connection' ? 'connection' : unit === 'bytes' ? ofRate : per;
  return `${amount} per ${of}  (r2 ${(r2 ?? 0).toFixed(2)}, ${plural(points, 'step')})`;
}
