/** The agents of a cell of a killed run, as far as their short lines tell. */
import type { AgentResult } from '../metrics/agent-result.js';
import { addCounters, COUNTERS, namedCounters } from '../metrics/counters.js';
import type { WorkerSpan } from '../metrics/interval.js';
import type { AgentSecond } from '../metrics/seconds/agent-second.js';

interface Told {
  readonly workers: WorkerSpan;
  /** Of the measure phase. */
  readonly counters: Float64Array;
}

export class KilledAgents {
  readonly #told = new Map<string, Told>();

  add({ agent, workers, counters }: AgentSecond): void {
    const told = this.#told.get(agent) ?? { workers, counters: new Float64Array(COUNTERS.length) };
    this.#told.set(agent, told);
    if (counters.measure !== undefined) addCounters(told.counters, counters.measure);
  }

  /** By their workers; undefined where one machine made the load. `isWhole`: the cell came to its end. */
  results(isWhole: boolean): readonly AgentResult[] | undefined {
    if (this.#told.size === 0) return undefined;
    const all = [...this.#told].sort(([, a], [, b]) => a.workers[0] - b.workers[0]);
    return all.map(([agent, { workers, counters }]) => ({
      ...{ agent, workers, status: isWhole ? 'done' : 'unknown', error: null },
      // These were in the memory of the coordinator alone.
      ...{ clock: null, address: null, bus: null, host: null },
      ...{ messages: namedCounters(counters), held: null, latencyUs: { response: null, service: null } },
    }));
  }
}
