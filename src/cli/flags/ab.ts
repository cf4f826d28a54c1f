import { LOOKS, MOST_ROUNDS } from '../../verdict/compare/looks.js';
import { GATES, MARGINS } from './compared.js';
import { type CommandSpec, type FlagTable, without } from './flag.js';
import { EXPLAIN_FLAG, NEEDLESS } from './output.js';
import { PROFILE_POSITIONAL, RUN_FLAGS } from './run.js';

const EVERY_TURN = 'every turn of both builds runs the same cells for the same time';
const OWN_FILES = 'a comparison always writes the same files; wsurge report makes other formats from its folder';
const NOT_LIVE = 'a comparison shows its tables in the terminal, round by round';

/** Flags of `run` that a comparison has no use for. */
const REFUSED = {
  'until-ci': EVERY_TURN,
  'max-duration': EVERY_TURN,
  'null-twin': EVERY_TURN,
  format: OWN_FILES,
  prometheus: NOT_LIVE,
  dashboard: NOT_LIVE,
} as const;

/** The flags of `ab` beside those of `run`. */
const AB_FLAGS = {
  a: {
    group: 'Builds',
    type: 'text',
    value: 'build',
    describe: 'The old build: a command that starts it, a folder (with --start), or a URL',
  },
  b: { group: 'Builds', type: 'text', value: 'build', describe: 'The new build, named in the same way' },
  start: {
    group: 'Builds',
    type: 'text',
    value: 'command',
    describe: 'Command that starts either build in its own folder',
  },
  ready: {
    group: 'Builds',
    type: 'text',
    value: 'port|url|text',
    default: 'port',
    describe: 'When a build is up: its port opens, a http:// URL answers, or it prints a text',
  },
  aa: { group: 'Builds', type: 'switch', describe: 'Compare A with itself: shows the noise of this machine' },
  'pre-warm': {
    group: 'Measuring',
    type: 'switch',
    default: 'on',
    describe: 'Do not warm each server up before its first cell',
  },
  rounds: {
    group: 'Measuring',
    type: 'text',
    value: LOOKS.join('|'),
    default: String(MOST_ROUNDS),
    describe: 'Most rounds',
  },
  resume: {
    group: 'Builds',
    type: 'text',
    value: 'folder',
    describe: 'Go on with this interrupted comparison: the same command, and its folder',
    variable: false,
  },
  gate: {
    group: 'Verdict',
    type: 'list',
    value: 'metric',
    default: GATES,
    describe: 'Metric that decides; repeatable',
  },
  margin: {
    group: 'Verdict',
    type: 'list',
    value: 'metric=percent',
    default: MARGINS,
    describe: 'Change that does not matter; repeatable',
  },
} as const satisfies FlagTable;

const needless = {
  strict: { ...RUN_FLAGS.strict, ...NEEDLESS.strict },
  lenient: { ...RUN_FLAGS.lenient, ...NEEDLESS.lenient },
};

export const AB: CommandSpec = {
  name: 'ab',
  summary: 'Compare two builds in turns, a fresh server each time',
  positionals: [PROFILE_POSITIONAL],
  flags: {
    ...AB_FLAGS,
    ...without(RUN_FLAGS, Object.keys(REFUSED)),
    wide: { ...RUN_FLAGS.wide, describe: EXPLAIN_FLAG.describe },
    ...needless,
  },
  refused: REFUSED,
  examples: [
    {
      line: "wsurge ab --a 'node old/server.js' --b 'node new/server.js' --target ws://127.0.0.1:9001/ -c 50 -R 500 -d 10s",
      does: 'is the new one slower?',
    },
    {
      line: "wsurge ab --a build-a --b build-b --start 'node server.js' --target ws://127.0.0.1:9001/ smoke",
      does: 'the same for builds in two folders',
    },
    {
      line: 'wsurge ab --a ws://10.0.0.1:9001/ --b ws://10.0.0.2:9001/ smoke',
      does: 'the same for two running servers',
    },
    {
      line: "wsurge ab --a build-a --b build-b --start 'node server.js' --target ws://127.0.0.1:9001/ smoke --resume results/<run>",
      does: 'go on after Ctrl-C: the same command, and its folder',
    },
    {
      line: "wsurge ab --aa --a 'node server.js' --target ws://127.0.0.1:9001/ smoke",
      does: 'how large is the noise here?',
    },
  ],
};
