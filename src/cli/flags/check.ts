import { SETTINGS } from '../../profile/settings.js';
import type { CommandSpec } from './flag.js';
import { withoutFleets } from './of-fleets.js';
import { PROFILE_POSITIONAL, RUN_FLAGS, type RunFlag } from './run.js';

/** Every flag of `wsurge check`: its own, and those of `run` that say which server and where the results go. */
export const CHECK_FLAGS = {
  quick: {
    group: 'Checks',
    type: 'switch',
    describe: 'Shorter waits and streams: under a minute',
    belongs: 'settings',
  },
  gentle: {
    group: 'Checks',
    type: 'switch',
    describe: 'Leave out checks that send broken frames, garbage or floods',
    belongs: 'settings',
  },
  only: {
    group: 'Checks',
    type: 'list',
    value: 'scenario or check',
    describe: 'Only these scenarios or checks, e.g. 3,7 or 3.4; repeatable',
    belongs: 'settings',
  },
  skip: {
    group: 'Checks',
    type: 'list',
    value: 'scenario or check',
    describe: 'Leave out these scenarios or checks, e.g. 8.4; they count as skipped; repeatable',
    belongs: 'settings',
  },
  'with-load': {
    group: 'Checks',
    type: 'switch',
    describe: 'Also measure the benchmark and concurrency tables',
    belongs: 'settings',
  },
  init: {
    group: 'Checks',
    type: 'text',
    value: 'file',
    describe: 'Find out what the server at the URL is, write a profile for it and stop; never over another file',
    belongs: 'settings',
  },
  protocol: {
    group: 'Checks',
    type: 'text',
    value: 'bot|echo|auto',
    default: 'auto',
    describe: 'What the server speaks; with auto wsurge finds out',
    belongs: 'profile',
    apply: SETTINGS.protocol,
  },
  target: RUN_FLAGS.target,
  header: RUN_FLAGS.header,
  subprotocol: RUN_FLAGS.subprotocol,
  'reply-timeout': RUN_FLAGS['reply-timeout'],
  seed: RUN_FLAGS.seed,
  'follow-redirects': {
    ...RUN_FLAGS['follow-redirects'],
    describe: 'Follow redirects of the handshake, once before the checks',
  },
  insecure: RUN_FLAGS.insecure,
  cacert: RUN_FLAGS.cacert,
  cert: RUN_FLAGS.cert,
  key: RUN_FLAGS.key,
  label: RUN_FLAGS.label,
  set: { ...RUN_FLAGS.set, group: 'Checks', describe: 'Any key of the profile; repeatable' },
  'allow-target': RUN_FLAGS['allow-target'],
  output: RUN_FLAGS.output,
  json: RUN_FLAGS.json,
  quiet: { ...RUN_FLAGS.quiet, describe: 'Only what failed and the last lines' },
} as const satisfies Readonly<Record<string, RunFlag>>;

export type CheckFlagName = keyof typeof CHECK_FLAGS;

export const CHECK: CommandSpec<CheckFlagName> = {
  name: 'check',
  summary: 'Check what a server does: eight scenarios, and security',
  positionals: [{ ...PROFILE_POSITIONAL, describe: `${PROFILE_POSITIONAL.describe}; without one the embedded server` }],
  flags: CHECK_FLAGS,
  examples: [
    { line: 'wsurge check --quick', does: 'the embedded server, under a minute' },
    { line: 'wsurge check ws://127.0.0.1:9001/', does: 'a server that is running' },
    { line: 'wsurge check --init chat.yaml ws://127.0.0.1:9001/', does: 'a profile for it' },
    { line: 'wsurge check ws://127.0.0.1:9001/ --gentle', does: 'without broken frames and floods' },
    { line: 'wsurge check ws://127.0.0.1:9001/ --only 3,7', does: 'two scenarios' },
    { line: 'wsurge check --skip 8.4 --with-load', does: 'with load tables, one check left out' },
  ],
  refused: withoutFleets(
    'it reads what a server answers to a few connections of one machine. To check it from the machine of an agent, run wsurge check there',
  ),
};
