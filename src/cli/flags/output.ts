import type { Flag } from './flag.js';

/**
 * Flags that several commands share. Most are for commands that measure nothing; the others have their own in run.ts.
 */
export const JSON_FLAG = {
  group: 'Output',
  type: 'switch',
  describe: 'One JSON document on stdout, nothing else',
} as const satisfies Flag;

export const QUIET_FLAG = {
  group: 'Output',
  alias: 'q',
  type: 'switch',
  describe: 'Print only the verdict',
} as const satisfies Flag;

/** `--events` of the commands that load a server. */
export const EVENTS_FLAG = {
  group: 'Output',
  type: 'text',
  value: 'file|-',
  describe: 'What happens, as it happens, as JSON lines: in a new file, or - for stdout',
} as const satisfies Flag;

/** `--wide` of comparisons: their tables have no further columns. */
export const EXPLAIN_FLAG = {
  group: 'Output',
  type: 'switch',
  describe: 'Say how to read the tables',
} as const satisfies Flag;

/** Switches of older command lines. They are accepted and change nothing; a note says so. */
export const NEEDLESS = {
  strict: { group: 'Verdict', type: 'switch', describe: 'Not needed: bounds decide', hidden: true },
  lenient: { group: 'Verdict', type: 'switch', describe: 'Not needed: bounds decide', hidden: true },
} as const satisfies Record<string, Flag>;
