import type { Flag } from './flag.js';

/** Output flags of the commands that measure nothing. */
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
