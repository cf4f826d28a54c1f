/**
 * Which agent runs which workers. Workers are numbered over the whole fleet, 0 to W - 1, and connection c belongs to
 * worker c mod W (`plan/cell.ts`): so any split of these numbers over machines is the whole cell. Each agent gets a
 * contiguous range.
 */

import { peaksOf } from '../coordinator/preflight.js';
import { EXIT, type Problem, WsurgeError } from '../errors.js';
import { type Cell, peakConnections, sendingConnections } from '../plan/cell.js';
import { autoWorkers } from '../plan/plan.js';
import { formatCount, formatCounted } from '../units.js';
import { byName } from './agent-choice.js';
import type { AgentInfo } from './orders.js';

/** The workers of one agent: `from` up to, but not with, `to`. */
export interface Range {
  /** Its id. */
  readonly agent: string;
  readonly from: number;
  readonly to: number;
}

export interface Assignment {
  readonly workers: number;
  /** By the names of the agents; none is empty. Together all workers. */
  readonly ranges: readonly Range[];
}

/** The most that one cell needs at any time. */
export interface CellPeak {
  readonly id: string;
  readonly connections: number;
  /** How many of them send: the first ones. */
  readonly senders: number;
  /** Messages; Infinity if replies set the pace. */
  readonly perSecond: number;
}

export interface FleetNeed {
  readonly peaks: readonly CellPeak[];
  readonly workers: number;
  /** True if the user chose the number of workers. If not, it is a wish. */
  readonly isExact: boolean;
}

/** What the cells need of a fleet. `workers` as in the profile. */
export function fleetNeed(cells: readonly Cell[], workers: number | 'auto'): FleetNeed {
  const peaks = cells.map((cell) => ({
    id: cell.id,
    connections: peakConnections(cell),
    senders: sendingConnections(cell),
    perSecond: peaksOf([cell]).peakMessagesPerSecond,
  }));
  const isExact = workers !== 'auto';
  return { peaks, isExact, workers: isExact ? workers : autoWorkers(cells, Number.POSITIVE_INFINITY, false) };
}

/**
 * Splits the workers over all of these agents, in turn, by name; the order of `agents` does not matter. No agent gets
 * more workers, connections or messages than it offers, whichever workers it gets. Where the wish does not fit, twice as
 * many workers are tried, and so on up to one for each core: their parts are smaller. Returns a WsurgeError (104) that
 * says what is missing.
 */
export function assignWorkers(agents: readonly AgentInfo[], need: FleetNeed): Assignment | WsurgeError {
  const sorted = [...agents].sort(byName);
  const offered = sum(sorted.map(({ offers }) => offers.workers));
  if (sorted.length === 0) throw new Error('a fleet without agents');
  if (need.isExact) {
    const problem = wrongNumber(sorted.length, need.workers, offered);
    if (problem !== null) return problem;
  }
  const most = need.isExact ? need.workers : offered;
  let workers = Math.min(most, Math.max(need.workers, sorted.length));
  for (;;) {
    const counts = dealt(
      workers,
      sorted.map((agent) => takes(agent, need.peaks, workers)),
    );
    if (counts !== null) return { workers, ranges: rangesOf(sorted, counts) };
    if (workers >= most) return doesNotFit(sorted, need, workers);
    workers = Math.min(most, 2 * workers);
  }
}

/** How many of `count` connections any `some` of `workers` workers have at most: those with the lowest numbers. */
export function mostOf(count: number, some: number, workers: number): number {
  return some * Math.floor(count / workers) + Math.min(some, count % workers);
}

/** How many of `workers` workers an agent takes at most. */
function takes({ offers }: AgentInfo, peaks: readonly CellPeak[], workers: number): number {
  const fits = (some: number) => peaks.every((peak) => fitsPeak(offers, peak, some, workers));
  let [fit, not] = [0, Math.min(offers.workers, workers) + 1];
  while (not - fit > 1) {
    const middle = Math.floor((fit + not) / 2);
    if (fits(middle)) fit = middle;
    else not = middle;
  }
  return fit;
}

function fitsPeak(
  { connections, perSecond }: AgentInfo['offers'],
  peak: CellPeak,
  some: number,
  workers: number,
): boolean {
  const rate = peak.senders === 0 ? 0 : (peak.perSecond * mostOf(peak.senders, some, workers)) / peak.senders;
  return (
    mostOf(peak.connections, some, workers) <= (connections ?? Number.POSITIVE_INFINITY) &&
    rate <= (perSecond ?? Number.POSITIVE_INFINITY)
  );
}

/** Deals out workers in turn to those that take more. Null if some are left over, or somebody gets none. */
function dealt(workers: number, most: readonly number[]): number[] | null {
  if (sum(most) < workers || most.length > workers || most.includes(0)) return null;
  const counts = most.map(() => 0);
  for (let left = workers, agent = 0; left > 0; agent = (agent + 1) % most.length) {
    if (counts[agent]! === most[agent]!) continue;
    counts[agent]!++;
    left--;
  }
  return counts;
}

function rangesOf(agents: readonly AgentInfo[], counts: readonly number[]): Range[] {
  let next = 0;
  return agents.map(({ id }, index) => {
    const from = next;
    next += counts[index]!;
    return { agent: id, from, to: next };
  });
}

function wrongNumber(agents: number, workers: number, offered: number): WsurgeError | null {
  if (workers < agents) {
    const message = `${formatCounted(workers, 'worker')} cannot be split over ${formatCounted(agents, 'agent')}`;
    return refusal(message, `workers: auto, or --workers ${agents}, or --agents ${workers}`);
  }
  if (workers <= offered) return null;
  const message = `${formatCounted(agents, 'agent')} ${offer(agents)} ${formatCounted(offered, 'worker')}; ${formatCount(workers)} are asked for`;
  return refusal(message, 'workers: auto, or more agents, or wsurge agent --workers N where cores are free');
}

const offer = (agents: number) => (agents === 1 ? 'offers' : 'offer');

/** Says what is missing: connections, rate, or else room for whole workers, agent by agent. */
function doesNotFit(agents: readonly AgentInfo[], need: FleetNeed, workers: number): WsurgeError {
  for (const of of [CONNECTIONS, RATE]) {
    const [most] = [...need.peaks].sort((a, b) => of.asked(b) - of.asked(a));
    if (most !== undefined && of.asked(most) > sum(agents.map(of.granted))) return tooLittle(agents, most, of);
  }
  const message = `${formatCounted(workers, 'worker')} cannot be split over ${formatCounted(agents.length, 'agent')}`;
  const problems = agents.map((agent) => roomOf(agent, need.peaks, workers));
  const useless = agents.filter((agent) => takes(agent, need.peaks, workers) === 0).map(({ name }) => name);
  const next =
    useless.length > 0
      ? `leave out who is too small: ${useless.map((name) => `--exclude-agent ${name}`).join(' ')}`
      : 'more agents, or agents that offer more: --max-connections, --max-rate, --workers';
  return new WsurgeError(EXIT.usage, 'agents_too_small', message, { problems, next });
}

/** A thing that agents grant and cells ask for. */
interface Granted {
  readonly asked: (peak: CellPeak) => number;
  /** Infinity for no limit. */
  readonly granted: (agent: AgentInfo) => number;
  readonly text: (value: number) => string;
  readonly flag: string;
}

const CONNECTIONS: Granted = {
  asked: ({ connections }) => connections,
  granted: ({ offers }) => offers.connections ?? Number.POSITIVE_INFINITY,
  text: (value) => formatCounted(value, 'connection'),
  flag: '--max-connections',
};

const RATE: Granted = {
  asked: ({ perSecond, senders }) => (senders === 0 ? 0 : perSecond),
  granted: ({ offers }) => offers.perSecond ?? Number.POSITIVE_INFINITY,
  text: (value) => (Number.isFinite(value) ? `${formatCount(value)} msg/s` : 'as many messages as the target answers'),
  flag: '--max-rate',
};

function tooLittle(agents: readonly AgentInfo[], peak: CellPeak, { asked, granted, text, flag }: Granted): WsurgeError {
  const grants = agents.map(granted);
  const missing = asked(peak) - sum(grants);
  const message =
    `${formatCounted(agents.length, 'agent')} ${agents.length === 1 ? 'grants' : 'grant'} ${text(sum(grants))}` +
    `${agents.length === 1 ? '' : ` (${partsOf(grants)})`}; ${peak.id} asks for ${text(asked(peak))}`;
  const more = Math.ceil(missing / Math.max(...grants));
  const others = [`wsurge agent with a larger ${flag}`, `at most ${text(sum(grants))}`];
  if (Number.isFinite(more)) others.unshift(`${formatCounted(more, 'more agent')} like the largest`);
  return refusal(message, others.join(', or '));
}

/** `6 x 28,132 + 2 x 10,000`, largest first. */
function partsOf(grants: readonly number[]): string {
  const counts = new Map<number, number>();
  for (const each of grants) counts.set(each, (counts.get(each) ?? 0) + 1);
  const parts = [...counts].sort(([a], [b]) => b - a).map(([each, times]) => `${times} x ${formatCount(each)}`);
  const shown = parts.slice(0, 3).join(' + ');
  return parts.length > 3 ? `${shown} + ...` : shown;
}

function roomOf(agent: AgentInfo, peaks: readonly CellPeak[], workers: number): Problem {
  const { offers } = agent;
  const limits = [
    formatCounted(offers.workers, 'worker'),
    ...(offers.connections === null ? [] : [CONNECTIONS.text(offers.connections)]),
    ...(offers.perSecond === null ? [] : [RATE.text(offers.perSecond)]),
  ];
  const message = `takes ${takes(agent, peaks, workers)} of the ${formatCounted(workers, 'worker')}: it offers ${limits.join(', ')}`;
  return { where: `agent ${agent.name}`, message };
}

function refusal(message: string, next: string): WsurgeError {
  return new WsurgeError(EXIT.usage, 'agents_too_small', message, { next });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
