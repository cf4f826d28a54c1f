import type { CommandSpec, FlagTable } from './flag.js';
import { JSON_FLAG } from './output.js';

/** The fleet of agents and runs that name none. */
export const USUAL_FLEET = 'default';

/** Where the agents of a fleet meet. */
const MEETING_FLAGS = {
  nats: {
    group: 'Fleet',
    type: 'text',
    value: 'url',
    default: '$NATS_URL',
    describe: 'The broker, e.g. tls://bus:4222',
  },
  fleet: { group: 'Fleet', type: 'text', value: 'name', default: USUAL_FLEET, describe: 'The fleet' },
} as const satisfies FlagTable;

/** How a broker lets in: by variables, as with the `nats` tool. Secrets are never flags. */
const BROKER_NOTE =
  'The broker lets in with NATS_USER and NATS_PASSWORD, or NATS_CREDS (a file); NATS_CA, NATS_CERT and NATS_KEY are files for TLS. NATS_URL stands for --nats.';

const AGENT_FLAGS = {
  ...MEETING_FLAGS,
  name: {
    group: 'Fleet',
    type: 'text',
    value: 'name',
    default: 'the host name',
    describe: 'What results call this machine',
  },
  label: {
    group: 'Fleet',
    type: 'list',
    value: 'name=value',
    describe: 'Runs may ask for it with --agent-label; repeatable',
  },
  once: { group: 'Fleet', type: 'switch', describe: 'End after one run' },
  'idle-timeout': {
    group: 'Fleet',
    type: 'text',
    value: 'duration',
    describe: 'End when no run has come for so long',
  },
  workers: {
    group: 'Load',
    type: 'text',
    value: 'count',
    default: 'cores',
    describe: 'Most worker threads of a run',
  },
  'max-connections': {
    group: 'Load',
    type: 'text',
    value: 'count',
    default: 'what the machine grants',
    describe: 'Most connections of a run',
  },
  'max-rate': { group: 'Load', type: 'text', value: 'rate', describe: 'Most messages per second of a run' },
  'allow-target': {
    group: 'Connection',
    type: 'list',
    value: 'host',
    describe: 'Let runs load this public host; repeatable',
  },
  'local-addresses': {
    group: 'Connection',
    type: 'list',
    value: 'from-to',
    describe: 'Connect from these addresses in turn; repeatable',
  },
  keep: {
    group: 'Output',
    type: 'text',
    value: 'folder',
    describe: 'Keep every line of its workers there, a file for each run',
  },
} as const satisfies FlagTable;

export const AGENT: CommandSpec<keyof typeof AGENT_FLAGS> = {
  name: 'agent',
  summary: 'Make load on this machine for runs of others',
  positionals: [],
  flags: AGENT_FLAGS,
  examples: [
    { line: 'wsurge agent --nats nats://127.0.0.1:4222 --name a1', does: 'works for wsurge run --agents' },
    { line: 'wsurge agent --nats tls://bus:4222 --label region=eu --once', does: 'for one run, then it ends' },
    { line: 'wsurge agent --nats tls://bus:4222 --allow-target shop.example', does: 'may load that public host' },
  ],
  notes: [
    BROKER_NOTE,
    'An agent loads what its own flags allow, and does nothing else for a run: no commands, no files, no scripts. Without a sign of life of its coordinator it stops its load after 10 s.',
  ],
};

const AGENTS_FLAGS = { ...MEETING_FLAGS, json: JSON_FLAG } as const satisfies FlagTable;

export const AGENTS: CommandSpec<keyof typeof AGENTS_FLAGS> = {
  name: 'agents',
  summary: 'Which agents of a fleet are there, and what they do',
  positionals: [],
  flags: AGENTS_FLAGS,
  examples: [
    { line: 'wsurge agents --nats nats://127.0.0.1:4222', does: 'who is idle, and who is busy with what' },
    { line: 'wsurge agents --nats tls://bus:4222 --fleet eu --json', does: 'the fleet eu, for scripts' },
  ],
  notes: [BROKER_NOTE],
};
