import type { Case, Goal, Metric } from './case.js';
import { DISTURBED_CORES } from './cpu.js';
import type { Machine } from './machine.js';
import type { CaseOutcome, Figure, GoalOutcome } from './outcome.js';

const NAME_WIDTH = 26;
const VALUE_WIDTH = 16;
const TEXT_WIDTH = 78;

/** The lines above all figures: the machine and the versions, without which the figures mean nothing. */
export function headerText(machine: Machine, at: Date): string {
  const { environment, pinning, loadAverage } = machine;
  const { cpu, cores, kernel, node } = environment;
  return [
    `${cpu}, ${cores} cores, ${kernel}`,
    `Node ${node}, ${at.toISOString().slice(0, 16).replace('T', ' ')} UTC, load average ${loadAverage.toFixed(2)} before`,
    pinning,
    'medians over the rounds; spread = (largest - smallest) / median',
  ]
    .flatMap((line) => wrapped(line, ''))
    .join('\n');
}

/** What the text of a case needs besides its figures. */
export interface CaseFacts {
  readonly engine: string | null;
  readonly rounds: number;
  readonly seconds: number;
  readonly contestants: readonly { readonly name: string; readonly failure: string | null }[];
}

/** One case: each metric by contestant, then each goal and whether it was reached. */
export function caseText(one: Case, outcome: CaseOutcome, facts: CaseFacts): string {
  const { engine, rounds, seconds, contestants } = facts;
  const server = engine === null ? '' : `, server ${engine}`;
  return [
    ...wrapped(`${one.name}: ${one.title}`, ''),
    `  ${rounds} ${rounds === 1 ? 'round' : 'rounds'} of ${seconds} s${server}`,
    ...one.metrics.flatMap((metric) => metricLines(metric, outcome)),
    ...coreLines(outcome),
    ...busyLines(outcome),
    ...one.notes.flatMap((note) => wrapped(note, '  ')),
    ...contestants.flatMap(({ name, failure }) => (failure === null ? [] : failureLines(name, failure))),
  ].join('\n');
}

/** Only the first words of an error: the rest is in the JSON, and was on stderr. */
function failureLines(name: string, failure: string): string[] {
  return wrapped(`${name} failed: ${failure.split('\n', 1)[0]!.slice(0, 200)}`, '  ');
}

function metricLines(metric: Metric, outcome: CaseOutcome): string[] {
  const figures = outcome.figures.filter((figure) => figure.metric === metric.key);
  const goals = outcome.goals.filter(({ goal }) => goal.metric === metric.key);
  return [
    `  ${metric.label.padEnd(NAME_WIDTH + 2)}${'median'.padStart(VALUE_WIDTH)}${'spread'.padStart(9)}`,
    ...figures.map((figure) => figureLine(metric, figure)),
    ...goals.flatMap((goal) => goalLines(metric, goal)),
  ];
}

function figureLine({ format }: Metric, { contestant, median, spread }: Figure): string {
  const share = `${(spread * 100).toFixed(1)} %`;
  return `    ${contestant.padEnd(NAME_WIDTH)}${format(median).padStart(VALUE_WIDTH)}${share.padStart(9)}`;
}

/** `wsurge / plain ws 1.32x (1.29x to 1.35x), reach >= 1.30x: met`. */
function goalLines(metric: Metric, { goal, outcome, value, low, high }: GoalOutcome): string[] {
  const format = goal.by.kind === 'ratio' ? (x: number) => `${x.toFixed(2)}x` : metric.format;
  // If the server was the limit, the ratio says nothing about the contestants.
  const hasValue = outcome !== 'server-limited' && outcome !== 'not measured';
  const found = hasValue ? ` ${format(value)} (${format(low)} to ${format(high)})` : '';
  const reach = goal.bound === null ? '' : `, reach ${boundText(goal.bound, format)}`;
  return wrapped(`${nameOf(goal)}${found}${reach}${outcome === 'compared' ? '' : `: ${outcome}`}`, '    ');
}

function boundText(bound: NonNullable<Goal['bound']>, format: (value: number) => string): string {
  return 'least' in bound ? `>= ${format(bound.least)}` : `<= ${format(bound.most)}`;
}

function nameOf({ of, by }: Goal): string {
  if (by.kind === 'value') return of;
  return by.kind === 'ratio' ? `${of} / ${by.to}` : `${of} - ${by.to}`;
}

function coreLines({ cores }: CaseOutcome): string[] {
  const percent = (share: number | null) => (share === null ? 'n/a' : `${(share * 100).toFixed(0)} %`);
  const seen = cores.filter(({ client, server }) => client !== null || server !== null);
  const each = seen.map(
    ({ contestant, client, server }) => `${contestant} ${percent(client)} (server ${percent(server)})`,
  );
  return each.length === 0 ? [] : wrapped(`CPU of a core: ${each.join(', ')}`, '  ');
}

function busyLines({ othersCoresMost }: CaseOutcome): string[] {
  if (othersCoresMost === null || othersCoresMost < DISTURBED_CORES) return [];
  const share = `${(othersCoresMost * 100).toFixed(0)} %`;
  return wrapped(`BUSY: others used up to ${share} of a core; measure again on a quiet machine`, '  ');
}

/** Words on lines of at most 80 columns; lines after the first are set in. */
export function wrapped(text: string, indent: string): string[] {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(' ')) {
    const isFirst = line.trim() === '';
    if (!isFirst && line.length + 1 + word.length > TEXT_WIDTH) {
      lines.push(line);
      line = `${indent}  ${word}`;
    } else line += isFirst ? word : ` ${word}`;
  }
  return [...lines, line];
}
