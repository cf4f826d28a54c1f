import { AXES, CAPACITY_START, DEFAULT_SLO } from '../../app/capacity-start.js';
import { type CommandSpec, type FlagTable, without } from './flag.js';
import { NEEDLESS } from './output.js';
import { PROFILE_POSITIONAL, RUN_FLAGS } from './run.js';

/** The flags of `capacity` beside those of `run`. */
const CAPACITY_FLAGS = {
  axis: {
    group: 'Search',
    type: 'text',
    value: AXES.join('|'),
    default: 'connections',
    describe: 'What to search',
  },
  slo: {
    group: 'Search',
    type: 'text',
    value: 'metric expression',
    default: DEFAULT_SLO,
    describe: 'What must hold, an upper limit on a duration',
  },
  max: {
    group: 'Search',
    type: 'text',
    value: 'count|rate',
    default: 'what this machine grants',
    describe: 'Search no higher: connections, subscribers of a room, or messages per second',
  },
  require: {
    group: 'Search',
    type: 'text',
    value: 'count|rate',
    describe: 'Exit 99 if less than this was found: connections, subscribers of a room, or messages per second',
  },
} as const satisfies FlagTable;

const OWN_STEPS = 'a search has one SLO and a table of its own';
const OWN_FILES = 'a search always writes the same files; wsurge report makes other formats from its folder';
const NOT_LIVE = 'a search shows its table in the terminal, step by step';
const OWN_TIME = 'a search decides by itself how long and how often it measures';

/** A search has steps instead of the sweeps, gates and tables of a run. */
const REFUSED = {
  threshold: OWN_STEPS,
  'default-gates': OWN_STEPS,
  wide: OWN_STEPS,
  'until-ci': OWN_TIME,
  'max-duration': OWN_TIME,
  'null-twin': OWN_TIME,
  format: OWN_FILES,
  prometheus: NOT_LIVE,
  dashboard: NOT_LIVE,
} as const;

const SHARED = without(RUN_FLAGS, Object.keys(REFUSED));

export const CAPACITY: CommandSpec = {
  name: 'capacity',
  summary: 'Search for how much a server takes',
  positionals: [PROFILE_POSITIONAL],
  flags: {
    ...CAPACITY_FLAGS,
    ...SHARED,
    connections: {
      ...RUN_FLAGS.connections,
      default: CAPACITY_START.connections,
      describe: 'Where a search of a URL starts, or the connections on which it raises the rate',
    },
    rate: {
      ...RUN_FLAGS.rate,
      default: `${CAPACITY_START.rate} with --axis rate`,
      describe: 'Where a search of a URL for its rate starts',
    },
    'rate-per-connection': {
      ...RUN_FLAGS['rate-per-connection'],
      default: `${CAPACITY_START.ratePerConnection} otherwise`,
    },
    duration: { ...RUN_FLAGS.duration, default: CAPACITY_START.duration, describe: 'Measured time of each step' },
    strict: { ...RUN_FLAGS.strict, ...NEEDLESS.strict },
    lenient: { ...RUN_FLAGS.lenient, ...NEEDLESS.lenient },
  },
  refused: REFUSED,
  examples: [
    { line: 'wsurge capacity --axis rate', does: "the reference server's highest rate" },
    {
      line: "wsurge capacity ws://127.0.0.1:9001/ -r 1/s --slo 'ws_response_time p(99)<50ms'",
      does: 'how many clients',
    },
    {
      line: "wsurge capacity fanout --axis subscribers --slo 'ws_deliver_last p(99)<200ms'",
      does: 'how many subscribers a room can have before the last one waits 200 ms',
    },
    { line: 'wsurge capacity capacity --axis both --json > capacity.json', does: 'the profile that ships, as a grid' },
    {
      line: 'wsurge capacity ws://127.0.0.1:9001/ -r 1/s --require 1000',
      does: 'exit code 99 below 1,000 connections',
    },
  ],
};
