/** What is said of the agents of a fleet as a whole: their clocks, their ways to the target, their broker. */
import { type AgentResult, startSkewUs } from '../metrics/agent-result.js';
import type { CellResult } from '../metrics/cell-result.js';
import { disjoint, type Range } from '../stats/intervals.js';
import { formatCount, formatMs } from '../units.js';
import { percent, plain } from './cell-facts.js';
import { severityOf } from './findings.js';
import { LIMITS, NOTED_DIFFERENCE_US } from './limits.js';
import type { CellReason } from './verdict.js';

/** Empty where one machine made the load. */
export function fleetReasons(cell: CellResult): CellReason[] {
  const { agents } = cell.client;
  if (agents === undefined) return [];
  return [...skewReasons(cell, agents), ...differenceNotes(cell, agents), ...repeatNotes(cell, agents)];
}

/** The agents began the load at different times, as far as their clocks tell. */
function skewReasons(cell: CellResult, agents: readonly AgentResult[]): CellReason[] {
  const skewUs = startSkewUs(agents);
  if (skewUs === null) return [];
  const skewMs = skewUs / 1000;
  const { events, ...limits } = LIMITS.agents_skewed;
  const degraded = (cell.events ?? []).length > 0 ? events.degraded : limits.degraded;
  const severity = severityOf(skewMs, { ...limits, degraded });
  if (severity === null) return [];
  const limit = severity === 'invalid' ? limits.invalid : degraded;
  const message = `the agents may have started ${formatMs(skewMs * 1000)} ms apart (limit ${limit} ms): their clocks are not known better`;
  const fix = 'put the broker nearer to the agents, or leave out those far away: --exclude-agent';
  return [{ code: 'agents_skewed', side: 'client', severity, cell: cell.id, message, fix, measure: skewMs }];
}

interface Median {
  readonly agent: string;
  /** p50 of service time, microseconds, and its 95 % interval. */
  readonly us: number;
  readonly interval: Range;
}

/**
 * Agents whose p50 of service time is another one than that of the agent in the middle. They load one server, so the
 * difference is their own.
 */
function differenceNotes(cell: CellResult, agents: readonly AgentResult[]): CellReason[] {
  const medians = agents.flatMap(medianOf).sort((a, b) => a.us - b.us);
  // Of two, the quicker one.
  const middle = medians[Math.floor((medians.length - 1) / 2)];
  if (middle === undefined) return [];
  const apart = ({ us }: Median) => Math.abs(us / middle.us - 1);
  const differing = medians
    .filter((one) => Math.abs(one.us - middle.us) > NOTED_DIFFERENCE_US && disjoint(one.interval, middle.interval))
    .filter((one) => apart(one) > LIMITS.agents_differ.note)
    .sort((a, b) => apart(b) - apart(a));
  const worst = differing[0];
  if (worst === undefined) return [];
  const message =
    `${whoText(worst.agent, differing.length, agents.length)}: p50 of service time is ${formatMs(worst.us)} ms, ` +
    `and ${formatMs(middle.us)} ms with agent ${middle.agent} (limit ${percent(LIMITS.agents_differ.note)}): ` +
    'another network path or a busier machine, not another server';
  const fix = `take agents of one place: --agent-label; or leave it out: --exclude-agent ${worst.agent}`;
  return [note('agents_differ', cell, message, fix, apart(worst))];
}

function medianOf({ agent, latencyUs }: AgentResult): Median[] {
  const service = latencyUs?.service ?? null;
  if (service === null) return [];
  const us = plain(service, 'p50');
  const interval = service.ci.p50;
  return us === null || us <= 0 || interval === undefined ? [] : [{ agent, us, interval }];
}

/** Many orders and reports had to be sent again: the broker or the way to it is slow, or was gone for a while. */
function repeatNotes(cell: CellResult, agents: readonly AgentResult[]): CellReason[] {
  // Of one that is lost, its end is the news.
  const repeating = agents
    .flatMap(({ agent, status, bus }) =>
      bus === null || bus.sent === 0 || status === 'lost' ? [] : [{ agent, ...bus }],
    )
    .map((use) => ({ ...use, share: use.repeated / use.sent }))
    .filter(({ share }) => share > LIMITS.bus_repeated.note)
    .sort((a, b) => b.share - a.share);
  const worst = repeating[0];
  if (worst === undefined) return [];
  const { sent, repeated, reconnects } = worst;
  const anew = reconnects === null || reconnects === 0 ? '' : `, connected anew ${formatCount(reconnects)}×`;
  const message =
    `${whoText(worst.agent, repeating.length, agents.length)}: ${formatCount(sent)} orders and reports had to be ` +
    `sent again ${formatCount(repeated)}× (limit ${percent(LIMITS.bus_repeated.note)})${anew}`;
  const fix = 'look into the log of the broker; put it nearer to the agents, on a machine that has nothing else to do';
  return [note('bus_repeated', cell, message, fix, worst.share)];
}

function whoText(agent: string, some: number, all: number): string {
  return some === 1 ? `agent ${agent}` : `agent ${agent}, and ${formatCount(some - 1)} more of ${formatCount(all)}`;
}

function note(code: string, cell: CellResult, message: string, fix: string, measure: number): CellReason {
  return { code, side: 'client', severity: 'note', cell: cell.id, message, fix, measure };
}
