import type { Flag } from './flag.js';

/** Flags that several commands share. Those of output are for the commands that measure nothing. */
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

/** Switches that older command lines hold. They are taken, change nothing, and a note says so. */
export const NEEDLESS = {
  strict: { group: 'Verdict', type: 'switch', describe: 'Not needed: bounds decide', hidden: true },
  lenient: { group: 'Verdict', type: 'switch', describe: 'Not needed: bounds decide', hidden: true },
} as const satisfies Record<string, Flag>;
