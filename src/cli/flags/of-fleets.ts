import type { RunFlag } from './run-flag.js';

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
} as const satisfies Readonly<Record<string, RunFlag>>;

const WHY = 'agents make the load of wsurge run only';

/** The same as flags that another command refuses. */
export const NO_FLEET = {
  agents: WHY,
  nats: WHY,
  fleet: WHY,
  'agent-label': WHY,
  'exclude-agent': WHY,
  'agents-wait': WHY,
} as const satisfies Readonly<Record<keyof typeof OF_FLEETS, string>>;
