/** An SLO about a part of each step: about one request of the load, or one step of its sessions. */
import { usageError } from '../errors.js';
import type { Cell } from '../plan/cell.js';
import { suggest } from '../profile/did-you-mean.js';
import { METRIC_NAMES, METRICS } from '../profile/metrics.js';
import { quoted } from '../profile/problem-list.js';
import type { Threshold } from '../profile/profile.js';

/** What an SLO may select. A search has one load, and its connections and rates change from step to step. */
export const SLO_SELECTORS: readonly string[] = ['request', 'step'];

/**
 * Throws WsurgeError (104) if the SLO names a request or a step that the load does not have. Requests of a script are
 * among those of the cell; steps of a script are not known before it runs.
 */
export function refuseUnknownPart({ load, wire }: Cell, { metric, selector }: Threshold): void {
  const { request, step } = selector;
  if (request !== undefined) {
    if (METRICS[metric].byRequest !== true) throw refused(`${metric} knows no single requests`, trendsByRequest());
    const names = (wire?.requests ?? []).map(({ name }) => name);
    if (!names.includes(request))
      throw refused(`the load ${load} has no request ${quoted(request)}`, named(request, names));
  }
  if (step === undefined) return;
  if (metric !== 'ws_step_time') throw refused(`${metric} knows no single steps`, 'ws_step_time does');
  const steps = (wire?.steps ?? []).flatMap(({ name }) => name ?? []);
  if (wire?.script == null && !steps.includes(step)) {
    throw refused(`the load ${load} has no step ${quoted(step)}`, named(step, steps));
  }
}

/** The share of the load's messages that the SLO is about: 1, or that of its request. */
export function shareOf({ wire }: Pick<Cell, 'wire'>, { selector }: Pick<Threshold, 'selector'>): number {
  const requests = wire?.requests ?? [];
  const own = requests.find(({ name }) => name === selector['request']);
  if (own === undefined) return 1;
  if (wire!.pick === 'in turn') return 1 / requests.length;
  return own.weight / requests.reduce((sum, { weight }) => sum + weight, 0);
}

function trendsByRequest(): string {
  const names = METRIC_NAMES.filter((name) => METRICS[name].byRequest === true && METRICS[name].type === 'trend');
  return `these do: ${names.join(', ')}`;
}

function named(wanted: string, names: readonly string[]): string {
  return names.length === 0 ? 'it names none: leave the selector out' : suggest(wanted, names);
}

function refused(message: string, hint: string) {
  return usageError('capacity_slo', `--slo: ${message}`, hint);
}
