/** Commands that read what was saved: compare, history, report. */
import { FORMATS } from '../../report/format-names.js';
import { MARGINS } from './compared.js';
import type { CommandSpec, FlagTable } from './flag.js';
import { EXPLAIN_FLAG, JSON_FLAG, NEEDLESS, QUIET_FLAG } from './output.js';

const COMPARE_FLAGS = {
  vs: {
    group: 'Builds',
    type: 'list',
    value: 'runs',
    greedy: true,
    describe: 'The runs of B, if a side has more than one; takes all words that follow',
  },
  margin: {
    group: 'Verdict',
    type: 'list',
    value: 'metric=percent',
    default: MARGINS,
    describe: 'Change that does not matter; repeatable',
  },
  noise: {
    group: 'Verdict',
    type: 'list',
    value: 'percent',
    describe: 'Noise between single runs of one build, e.g. 3% or p50=3%; needed to judge one run a side; repeatable',
  },
  history: {
    group: 'Verdict',
    type: 'text',
    value: 'file',
    describe: 'Take the noise from this history.ndjson',
    variable: false,
  },
  force: {
    group: 'Verdict',
    type: 'switch',
    describe: 'Compare runs although load, machine, ... differ; the output says so',
  },
  output: {
    group: 'Output',
    alias: 'o',
    type: 'text',
    value: 'folder',
    describe: 'Folder for comparison.json, .md, .html and .xml',
    variable: false,
  },
  ...NEEDLESS,
  json: JSON_FLAG,
  wide: EXPLAIN_FLAG,
  quiet: QUIET_FLAG,
} as const satisfies FlagTable;

export const COMPARE: CommandSpec<keyof typeof COMPARE_FLAGS> = {
  name: 'compare',
  summary: 'Compare saved runs: is B worse than A?',
  positionals: [
    { name: 'runs', many: true, describe: 'Run folders or result.json files: A and B, or all of A before --vs' },
  ],
  flags: COMPARE_FLAGS,
  examples: [
    { line: 'wsurge compare results/A results/B', does: 'one run a side' },
    { line: 'wsurge compare results/A1 results/A2 --vs results/B1 results/B2', does: 'several' },
    { line: 'wsurge compare results/A results/B --noise 3% -o report', does: 'with files to keep' },
  ],
  notes: [
    'Service times are compared. 99: a metric regressed; 98: no valid runs are left, or single runs differ and no noise is known; 104: unreadable or not comparable.',
  ],
};

const HISTORY_FLAGS = {
  file: {
    group: 'Output',
    type: 'text',
    value: 'file',
    default: 'history.ndjson',
    describe: 'The history file',
  },
  commit: {
    group: 'Builds',
    type: 'text',
    value: 'commit',
    default: 'label commit, GITHUB_SHA, CI_COMMIT_SHA',
    describe: 'add: the commit measured',
  },
  branch: {
    group: 'Builds',
    type: 'text',
    value: 'branch',
    default: 'label branch, GITHUB_REF_NAME, CI_COMMIT_REF_NAME',
    describe: 'add: the branch measured; check, show: only this branch',
  },
  margin: {
    group: 'Verdict',
    type: 'list',
    value: 'metric=percent',
    default: MARGINS,
    describe: 'check, show: smallest change that counts; repeatable',
  },
  ...NEEDLESS,
  json: JSON_FLAG,
  quiet: { ...QUIET_FLAG, describe: 'Print only alerts' },
} as const satisfies FlagTable;

export const HISTORY_ACTIONS = ['add', 'check', 'show'] as const;

export const HISTORY: CommandSpec<keyof typeof HISTORY_FLAGS> = {
  name: 'history',
  summary: 'Keep runs of many nights in one file, and see what moved',
  positionals: [
    { name: 'action', describe: 'add, check or show', words: HISTORY_ACTIONS },
    { name: 'runs', many: true, describe: 'add: run folders or result.json files' },
  ],
  flags: HISTORY_FLAGS,
  examples: [
    { line: 'wsurge history add results/2026-11-24T10-15-30Z-nightly', does: 'one more night' },
    { line: 'wsurge history check', does: '99: something got worse in the last 5 runs' },
    { line: 'wsurge history show', does: 'every series, its changes marked' },
  ],
};

const REPORT_FLAGS = {
  format: {
    group: 'Output',
    type: 'list',
    value: 'format,...',
    default: 'md,html',
    describe: `Several with commas: ${FORMATS.join(', ')}`,
  },
  output: {
    group: 'Output',
    alias: 'o',
    type: 'text',
    value: 'folder',
    default: 'the run folder',
    describe: 'Folder to write to',
    variable: false,
  },
  json: { ...JSON_FLAG, describe: 'Print what was written as one JSON document' },
  quiet: { ...QUIET_FLAG, describe: 'Print nothing' },
} as const satisfies FlagTable;

export const REPORT: CommandSpec<keyof typeof REPORT_FLAGS> = {
  name: 'report',
  summary: 'Make the reports of a saved run anew, in any format',
  positionals: [{ name: 'folders', many: true, describe: 'results/<run>; several are laid over each other' }],
  flags: REPORT_FLAGS,
  examples: [
    { line: 'wsurge report results/2026-11-24T10-15-30Z-report', does: 'report.md and report.html' },
    { line: 'wsurge report results/2026-11-24T10-15-30Z-report --format junit,csv', does: 'other formats' },
    { line: 'wsurge report results/A results/B', does: 'both in one page: overlay.html' },
  ],
};
