/** Commands about this machine: calibrate, doctor. */
import type { CommandSpec, FlagTable } from './flag.js';
import { withoutFleets } from './of-fleets.js';
import { JSON_FLAG, QUIET_FLAG } from './output.js';

const CALIBRATE_FLAGS = {
  json: JSON_FLAG,
  quiet: { ...QUIET_FLAG, describe: 'No line for each step' },
} as const satisfies FlagTable;

export const CALIBRATE: CommandSpec<keyof typeof CALIBRATE_FLAGS> = {
  name: 'calibrate',
  summary: 'Find out what this machine can measure, and keep it',
  positionals: [],
  flags: CALIBRATE_FLAGS,
  examples: [
    { line: 'wsurge calibrate', does: 'what this machine can measure, in about four minutes' },
    { line: 'wsurge calibrate --json', does: 'the same, for scripts' },
  ],
  notes: [
    'The result is kept in $XDG_CACHE_HOME/wsurge/calibration.json (or ~/.cache); later runs warn where they ask for more.',
  ],
  refused: withoutFleets(
    'it is about this machine alone. To know what the machine of an agent can measure, run wsurge calibrate there',
  ),
};

const DOCTOR_FLAGS = {
  connections: {
    group: 'Load',
    alias: 'c',
    type: 'text',
    value: 'count',
    default: '10k',
    describe: 'The load asked about',
  },
  json: JSON_FLAG,
  quiet: { ...QUIET_FLAG, describe: 'Only what is not enough' },
} as const satisfies FlagTable;

export const DOCTOR: CommandSpec<keyof typeof DOCTOR_FLAGS> = {
  name: 'doctor',
  summary: 'What this machine grants, and what to raise',
  positionals: [],
  flags: DOCTOR_FLAGS,
  examples: [
    { line: 'wsurge doctor', does: 'can this machine hold 10,000 connections?' },
    { line: 'wsurge doctor -c 50k --json', does: 'the same for 50,000, for scripts' },
  ],
  notes: ['Exit code 99 if something is not enough, else 0.'],
  refused: withoutFleets(
    'it is about this machine alone. Run wsurge doctor on the machine of each agent; wsurge agents lists what they offer',
  ),
};
