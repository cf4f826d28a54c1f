import { EVENTS_TO_STDOUT } from '../../app/event-log.js';
import type { CliIo, Output } from '../io.js';
import type { RunSettings } from '../options/run-options.js';

/** Where people read: stdout, or stderr where stdout is for a program, with a JSON document or with events. */
export function pageOf(io: CliIo, { json, events }: Pick<RunSettings, 'json' | 'events'>): Output {
  return json || events === EVENTS_TO_STDOUT ? io.stderr : io.stdout;
}
