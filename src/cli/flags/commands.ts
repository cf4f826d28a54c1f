import { AB } from './ab.js';
import { AGENT, AGENTS } from './agent.js';
import { CAPACITY } from './capacity.js';
import { CHECK } from './check.js';
import type { CommandSpec } from './flag.js';
import { CALIBRATE, DOCTOR } from './machine.js';
import { RUN } from './run.js';
import { COMPARE, HISTORY, REPORT } from './saved.js';
import { SERVE } from './serve.js';
import { COMPLETION, INIT, PROFILES, SCHEMA } from './start.js';

/** Every command with all its flags, in the order of `wsurge --help`. Plain data, and quick to load. */
export const COMMANDS: readonly CommandSpec[] = [
  RUN,
  CHECK,
  AB,
  COMPARE,
  HISTORY,
  REPORT,
  CAPACITY,
  CALIBRATE,
  DOCTOR,
  SERVE,
  AGENT,
  AGENTS,
  PROFILES,
  INIT,
  SCHEMA,
  COMPLETION,
];

export function commandNamed(name: string | undefined): CommandSpec | null {
  return COMMANDS.find((command) => command.name === name) ?? null;
}
