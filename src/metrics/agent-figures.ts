import { type Cell, hasChurn, isMatched } from '../plan/cell.js';
import type { AgentResult } from './agent-result.js';
import { censoredOf } from './censored.js';
import { namedCounters } from './counters.js';
import type { GroupEnd } from './group-end.js';
import { Totals } from './histogram.js';
import type { LineCounts } from './line-counts.js';
import { summarize } from './quantiles.js';
import type { SecondsTold } from './seconds/worker-seconds.js';

/** With more agents, a result would be large by their histograms alone. */
const MOST_WITH_HISTOGRAMS = 64;

type Figures = Required<Pick<AgentResult, 'messages' | 'held' | 'latencyUs'>> & Pick<AgentResult, 'histograms'>;

/** What one agent of so many did in the measure phase of a cell. */
export function agentFigures(
  cell: Cell,
  { counts, end }: { readonly counts: LineCounts; readonly end: GroupEnd | null },
  agents: number,
): Figures {
  const messages = namedCounters(counts.counters.measure);
  if (end === null) return { messages, held: null, latencyUs: { response: null, service: null } };
  const censored = { ...censoredOf(messages), timeoutUs: cell.reply.timeoutMs * 1000, seed: cell.seed };
  const { response, service } = {
    response: Totals.of(end.latencies.response),
    service: Totals.of(end.latencies.service),
  };
  const summary = (times: Totals) => (times.count === 0 || !isMatched(cell) ? null : summarize(times, censored));
  const encoded = (times: Totals) => (times.count === 0 ? null : times.encode());
  return {
    messages,
    held: Math.min(end.pinged, lowest(hasChurn(cell) ? end.seconds.held : end.seconds.open)),
    latencyUs: { response: summary(response), service: summary(service) },
    ...(agents > MOST_WITH_HISTOGRAMS
      ? {}
      : { histograms: { response: encoded(response), service: encoded(service) } }),
  };
}

/** The smallest sum of the seconds that were told of; 0 if there is none. */
function lowest({ sums, silent }: SecondsTold): number {
  const quiet = new Set(silent);
  const told = sums.filter((_, second) => !quiet.has(second));
  return told.length === 0 ? 0 : told.reduce((least, sum) => Math.min(least, sum));
}
