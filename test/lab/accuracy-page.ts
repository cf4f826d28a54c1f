import type { Experiment, Finding } from './experiment.js';
import { type Figures, figuresOf } from './figures.js';

export interface Outcome {
  readonly experiment: Omit<Experiment, 'run'>;
  readonly findings: readonly Finding[];
}

/** Where and when a page's numbers come from. */
export interface Setting {
  readonly date: string;
  readonly cpu: string;
  readonly cores: number;
  readonly kernel: string;
  readonly node: string;
  readonly version: string;
  /** Processes that ran or wanted to in the minute before it began. */
  readonly load: number;
}

const INTRODUCTION = `A load generator is an instrument, and this is its calibration. Each experiment below sets up something whose true value is known: a server
that is late by plan and writes down when each message came and when its answer went out, a distribution that can be sorted, a
schedule that can be counted. wsurge measures it on the path of any other run; where single messages are looked at, a tap on the connections writes down when each was sent and answered. The tables compare what it reported with what was true.

A latency can only come out too long: sending late and waking up late add to it, nothing takes away. So the bounds are one-sided: what is reported may lie 0.1 ms
below the truth, and above it by no more than the send lag and the floor (L1, what an empty server costs here) at the same quantile, and 2 %. Three bounds are wider,
for stated reasons: a median may lie above by the mean of a part where that is more than the part's median; a stalled server needs time to drain, which its own log tells; a delay by a
timer of the server has that timer's grain. Counts must be right to the last message.

Written by \`npm run lab -- --write\`, which refuses where a single figure is out of bounds. \`npm run lab\` repeats it, in about ten minutes, on an otherwise idle machine;
experiments that only compute run in \`npm test\` as well.`;

/** ACCURACY.md of a whole run in which everything was within its bounds. */
export function accuracyPage(outcomes: readonly Outcome[], setting: Setting): string {
  const { date, cpu, cores, kernel, node, version } = setting;
  const machine = `wsurge ${version}, ${date}: ${cpu}, ${cores} cores, Linux ${kernel}, Node ${node}, target on the same machine.`;
  return `${['# Accuracy', INTRODUCTION, machine, ...outcomes.map(section)].join('\n\n')}\n`;
}

/** The page with this outcome in place of what it says of the same experiment, or at its end where it says nothing. */
export function withOutcome(page: string, outcome: Outcome, setting: Setting): string {
  const beside = `a load average of ${setting.load.toFixed(1)} before it began`;
  const own = `${section(outcome)}\n\nMeasured ${setting.date} with wsurge ${setting.version}: ${setting.cpu}, ${setting.cores} cores, Node ${setting.node}; ${beside}.`;
  const before = sectionIn(page, outcome.experiment.id);
  if (before !== null) return page.replace(before, () => own);
  return `${page.trimEnd()}\n\n${own}\n`;
}

/** What a page says of an experiment that is measured apart from the others, or null. */
export function sectionIn(page: string, id: string): string | null {
  const start = page.indexOf(`## ${id}: `);
  if (start < 0) return null;
  const next = page.indexOf('\n## ', start);
  return page.slice(start, next < 0 ? undefined : next).trimEnd();
}

function section({ experiment: { id, title, truth }, findings }: Outcome): string {
  const rows = findings.map((finding) => row(figuresOf(finding)));
  const head = ['| measure | truth | reported | error | allowed |', '|---|---:|---:|---:|---:|'];
  return [`## ${id}: ${title}`, truth, [...head, ...rows].join('\n')].join('\n\n');
}

function row({ what, truth, reported, error, allowed }: Figures): string {
  return `| ${what} | ${truth} | ${reported} | ${error} | ${allowed} |`;
}
