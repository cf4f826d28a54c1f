import type { Wire, WireRequest, WireRule, WireStep } from '../../src/dialect/wire.js';

/** A wire on which nothing is said; name what differs. */
export function wireWith(changes: Partial<Wire> = {}): Wire {
  return {
    protocol: 'none',
    steps: [],
    rules: [],
    requests: [],
    pick: 'weighted',
    separator: null,
    key: { kind: 'field', field: 'sequence' },
    beat: null,
    rooms: null,
    senders: null,
    script: null,
    ...changes,
  };
}

export function requestWith(name: string, changes: Partial<WireRequest> = {}): WireRequest {
  return { name, weight: 1, send: '{"id":{{sequence}}}', expect: null, captures: [], ...changes };
}

/** A step that sends and is done; named unless told. */
export function stepWith(name: string, changes: Partial<WireStep> = {}): WireStep {
  return {
    ...{ name, timed: true, send: '{}', expect: null, refusals: [], captures: [] },
    ...{ waitMs: 0, repeat: 1, timeoutMs: null },
    ...changes,
  };
}

export function ruleWith(name: string, means: WireRule['means'], changes: Partial<WireRule> = {}): WireRule {
  return { name, means, match: { has: [name] }, send: null, ...changes };
}
