import { raisesRate } from '../campaign/capacity-axis.js';
import type { CapacityPlan } from '../campaign/capacity-source.js';
import { usageError } from '../errors.js';
import { type Cell, isRamp } from '../plan/cell.js';
import { fanoutOf } from '../plan/fanout.js';
import { automaticPacing } from '../plan/pacing.js';
import { RATE_MAX } from '../profile/flag-keys.js';
import { METRICS } from '../profile/metrics.js';
import type { Load, Profile, Threshold } from '../profile/profile.js';
import { formatCount, formatDuration } from '../units.js';
import { mostFollowed, rateCeilingOf, type Sized, steady } from './capacity-boards.js';
import { type Makers, type Most, ofCrew, ofThisMachine, ofUnknownAgents } from './capacity-makers.js';
import type { Ceiling, PlannedSearch } from './capacity-result.js';
import { refuseUnknownPart, shareOf } from './capacity-selector.js';
import type { Crew } from './crew.js';
import { refuseLargeBoards } from './run-plan.js';
import type { CapacityTask } from './tasks.js';

/**
 * Rows of a grid whose profile sweeps no connection counts. Each row has 1.5 times the connections of the one before.
 */
const GRID_ROWS = 6;
const GRID_GROWTH = 1.5;

/**
 * The search for a profile's load, its ceiling, and the plan by which the workers are made. `crew`: the agents that make
 * the load; null for this machine, or if agents are asked for and nobody has asked them yet. Throws WsurgeError (104)
 * where there is nothing to search.
 */
export function planSearch(task: CapacityTask, crew: Crew | null = null): PlannedSearch {
  const { axis, slo, parsed, max } = task;
  const { profile } = parsed;
  const load = chosenLoad(task);
  const first: Profile = {
    ...profile,
    thresholds: [],
    load: [{ ...load, connections: load.connections.slice(0, 1), rates: load.rates.slice(0, 1) }],
  };
  const makers =
    crew !== null ? ofCrew(first, crew) : task.settings.fleet === null ? ofThisMachine(first) : ofUnknownAgents(first);
  const { plan, freeCores } = makers;
  const template = plan.cells[0]!;
  refuseUnfit(template, axis, slo);
  refuseUnknownPart(template, slo);
  refuseLargeBoards(plan);
  const isRate = raisesRate(axis);
  const perConnection = load.ratePer === 'connection' && load.rates.length > 0;
  const rooms = axis === 'subscribers' ? roomsOf(template) : 1;
  const asked = { template, workers: plan.workers, perConnection };
  const ceiling = ceilingOf(asked, makers, isRate || max === null ? null : max * rooms);
  const maxRate = isRate
    ? slower(rateCeilingOf(asked, max), makers.fastest(template))
    : { ratePerSecond: RATE_MAX, text: ceiling.text, fix: ceiling.fix };
  const wakes = isRate && max !== null ? max : null;
  const isAuto = profile.pacing === 'auto';
  const pacing = profile.pacing === 'auto' ? automaticPacing(wakes, freeCores, plan.workers) : profile.pacing;
  const rows = axis === 'both' ? rowsOf(load, template, ceiling.connections) : [];
  const samples = Math.ceil(samplesFor(slo) / shareOf(template, slo));
  const limits = { maxConnections: ceiling.connections, maxRatePerSecond: maxRate.ratePerSecond };
  return {
    task,
    search: {
      axis,
      template,
      perConnection,
      ...{ rooms, fewest: axis === 'subscribers' ? fewestOf(template) : 1 },
      rows,
      ...limits,
      slo,
      samples,
      freeCores: isAuto ? freeCores : null,
      workers: plan.workers,
    },
    plan: { ...plan, pacing },
    ...{ ceiling, end: maxRate, room: makers.room },
  };
}

function chosenLoad({ parsed, settings }: CapacityTask): Load {
  const { load } = parsed.profile;
  const chosen = load.find(({ name }) => settings.only.length === 0 || settings.only.includes(name));
  if (chosen !== undefined) return chosen;
  throw usageError('nothing_to_run', `--only ${settings.only.join(', ')} names no load of this profile`);
}

function refuseUnfit(template: Cell, axis: CapacityPlan['axis'], slo: Threshold): void {
  const isFanout = fanoutOf(template) !== null;
  if (!isFanout && axis === 'subscribers') {
    const message = `the load ${template.load} has no subscribers: none of its requests reaches other connections`;
    throw usageError('capacity_no_fanout', message, FANOUT_FIX);
  }
  if (!isFanout && METRICS[slo.metric].ofDeliveries === true) {
    const message = `${slo.metric} is about messages that reach others, and no request of the load ${template.load} does`;
    throw usageError('capacity_no_fanout', message, FANOUT_FIX);
  }
  if (isRamp(template)) {
    throw usageError(
      'capacity_ramp',
      `the load ${template.load} is a ramp: a search needs one that is steady`,
      'give one value, where the search starts',
    );
  }
  if (axis === 'connections' || (template.rate?.to ?? 0) > 0) return;
  const message = `the load ${template.load} has no rate to search`;
  throw usageError('capacity_no_rate', message, 'use an open load with a rate above 0, or --axis connections');
}

const FANOUT_FIX = 'name a load with such a request: requests: [{ name: say, send: ..., reaches: room }], rooms: 4';

/** The rooms that share the connections; 1 if every message reaches all of them. */
function roomsOf(template: Cell): number {
  const fanout = fanoutOf(template)!;
  const isDivided = fanout.reach.some((reach) => reach !== null && reach !== 'all');
  return isDivided ? (fanout.rooms ?? 1) : 1;
}

/** Subscribers of a room that a message needs to reach anybody. */
function fewestOf(template: Cell): number {
  return fanoutOf(template)!.reach.includes('others') ? 2 : 1;
}

/** The smaller of --max and what the machines grant. */
function ceilingOf(sized: Sized, { most }: Makers, max: number | null): Ceiling {
  const { template } = sized;
  const granted = fewer(fewer(most(sized), mostReplaced(template)), mostFollowed(sized));
  const first = template.connections.to;
  if (max !== null && max < first) {
    throw usageError('capacity_max', `--max ${max} is less than the ${first} connections of the first step`);
  }
  if (granted !== null && (max === null || granted.connections < max)) {
    return { connections: Math.max(first, granted.connections), text: granted.why, fix: granted.fix };
  }
  return { connections: max ?? 1_000_000, text: 'no step failed up to --max', fix: null };
}

/** Connections with a lifetime are replaced, and replacements may not exceed the profile's connectRate. */
function mostReplaced({ lifetime, connectRate }: Cell): Most {
  if (lifetime === null) return null;
  const rate = `${formatCount(connectRate)}/s`;
  return {
    connections: Math.floor((connectRate * lifetime.meanMs) / 1000),
    why: `the profile's connectRate of ${rate} replaces no more that live for ${formatDuration(lifetime.meanMs)}`,
    fix: 'raise --connect-rate',
  };
}

function fewer(a: Most, b: Most): Most {
  if (a === null || b === null) return a ?? b;
  return a.connections <= b.connections ? a : b;
}

function slower(a: ReturnType<typeof rateCeilingOf>, b: ReturnType<Makers['fastest']>): typeof a {
  return b !== null && b.ratePerSecond < a.ratePerSecond ? b : a;
}

function rowsOf(load: Load, template: Cell, most: number): number[] {
  const swept = load.connections.map(({ to }) => to);
  const grown = Array.from({ length: GRID_ROWS }, (_, i) => Math.round(template.connections.to * GRID_GROWTH ** i));
  return (swept.length > 1 ? swept : grown).filter((connections) => connections <= most).sort((a, b) => a - b);
}

/** The fewest messages for the quantile of the SLO: ten must lie beyond it. */
function samplesFor({ aggregation }: Threshold): number {
  return aggregation.kind === 'percentile' ? Math.max(100, Math.ceil(10 / (1 - aggregation.quantile))) : 100;
}

/** The largest step that the search may come to. */
export function highestStep({ search }: Pick<PlannedSearch, 'search'>): Cell {
  return { ...search.template, connections: steady(search.maxConnections), rate: highestRate(search) };
}

function highestRate({ template, axis, maxRatePerSecond }: CapacityPlan): Cell['rate'] {
  return template.rate === null ? null : steady(raisesRate(axis) ? maxRatePerSecond : template.rate.to);
}
