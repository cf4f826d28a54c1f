import type { AgentInfo } from './orders.js';

/** Whether an answer to `who` is one: anybody on the bus may answer. Agents of other versions may say more. */
export function isAgentInfo(answer: unknown): answer is AgentInfo {
  if (!isObject(answer)) return false;
  const { protocol, version, id, name, labels, state, environment, offers, allows, idle, loopback } = answer;
  const isText = [version, id, name, loopback ?? ''].every((text) => typeof text === 'string');
  const isOffer = isObject(offers) && typeof offers['workers'] === 'number' && isLimit(offers['connections']);
  const isState = isObject(state) && (state['kind'] === 'idle' || (state['kind'] === 'busy' && isBusy(state)));
  const isRest = [labels, environment, idle].every(isObject) && Array.isArray(allows) && loopback !== undefined;
  return typeof protocol === 'number' && isText && isOffer && isLimit(offers['perSecond']) && isState && isRest;
}

function isBusy({ by, run, since = '' }: Readonly<Record<string, unknown>>): boolean {
  return [by, run, since].every((text) => typeof text === 'string');
}

function isLimit(value: unknown): boolean {
  return value === null || typeof value === 'number';
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
