import assert from 'node:assert/strict';
import type { CellResult, FlowResult, Quantiles } from './cell-result.js';
import { allCounters } from './counters.js';

/**
 * The messages of a cell. `flows` of a result is a list of exactly one, because its file format is fixed. Results of
 * older versions lack some counters, which are 0 here.
 */
export function flowOf({ flows }: Pick<CellResult, 'flows'>): FlowResult {
  const [flow] = flows;
  assert(flow !== undefined, 'a cell result has one flow of messages');
  const messages = allCounters(flow.messages);
  return messages === flow.messages ? flow : { ...flow, messages };
}

/**
 * The latency that tables show: response time, or service time where response time is undefined. Null if there is none.
 */
export function headlineOf({ latencyUs }: Pick<FlowResult, 'latencyUs'>): Quantiles | null {
  return latencyUs.response ?? latencyUs.service;
}
