import type { RunFlag } from './run-flag.js';

/** For commands that agents have no part in: their flags, refused. `why`: what the command is about, and what to do. */
export function withoutFleets(why: string): Readonly<Record<string, string>> {
  const others = Object.keys(OF_FLEETS).map((name) => [name, 'agents make load for run, capacity and ab alone']);
  return { ...Object.fromEntries(others), agents: why };
}

/** Flags of a load that agents make. */
export const OF_FLEETS = {
  agents: {
    group: 'Fleet',
    type: 'text',
    value: 'count',
    describe: 'Let this many agents make the load (wsurge agent); needs a broker',
    belongs: 'settings',
  },
  nats: {
    group: 'Fleet',
    type: 'text',
    value: 'url',
    default: '$NATS_URL',
    describe: 'The broker of the agents, e.g. tls://bus:4222',
    belongs: 'settings',
  },
  fleet: {
    group: 'Fleet',
    type: 'text',
    value: 'name',
    default: 'default',
    describe: 'Agents of this fleet only',
    belongs: 'settings',
  },
  'agent-label': {
    group: 'Fleet',
    type: 'list',
    value: 'name=value',
    describe: 'Agents with this label only; repeatable',
    belongs: 'settings',
  },
  'exclude-agent': {
    group: 'Fleet',
    type: 'list',
    value: 'name',
    describe: 'Leave this agent out; repeatable',
    belongs: 'settings',
  },
  'agents-wait': {
    group: 'Fleet',
    type: 'text',
    value: 'duration',
    default: '60s',
    describe: 'Wait so long for enough agents',
    belongs: 'settings',
  },
  'target-host': {
    group: 'Fleet',
    type: 'text',
    value: 'address',
    describe: 'Where the embedded server listens: an address of this machine that agents reach',
    belongs: 'settings',
  },
} as const satisfies Readonly<Record<string, RunFlag>>;
