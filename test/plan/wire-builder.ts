import type { Wire, WireRequest, WireRule, WireStep } from '../../src/dialect/wire.js';

/** A wire that says and hears nothing of its own; name what differs. */
export function wireWith(changes: Partial<Wire> = {}): Wire {
  return {
    protocol: 'none',
    ...{ steps: [], rules: [], requests: [], pick: 'weighted', separator: null, beat: null },
    key: { kind: 'field', field: 'sequence' },
    ...{ rooms: null, senders: null, script: null },
    ...changes,
  };
}

export function requestWith(name: string, send: string, changes: Partial<WireRequest> = {}): WireRequest {
  return { name, send, weight: 1, expect: null, captures: [], ...changes };
}

export function stepWith(name: string, changes: Partial<WireStep> = {}): WireStep {
  const nothing = { send: null, expect: null, refusals: [], captures: [], waitMs: 0, repeat: 1, timeoutMs: null };
  return { name, timed: false, ...nothing, ...changes };
}

export function ruleWith(name: string, means: WireRule['means'], has: string, send: string | null = null): WireRule {
  return { name, means, match: { has: [has] }, send };
}
