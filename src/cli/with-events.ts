import { EventLog } from '../app/event-log.js';
import type { Redactor } from '../documents/redaction/redact.js';
import { EXIT, type ExitCode } from '../errors.js';
import type { CliIo } from './io.js';

/**
 * Runs `body` with the log that was asked for, and ends the log. If the log is not whole, says so on stderr, and the exit
 * code is 1: who reads the events must not take what is there for all of it.
 */
export async function withEvents(
  asked: string | null,
  io: CliIo,
  redactor: Redactor,
  body: (events: EventLog) => Promise<ExitCode>,
): Promise<ExitCode> {
  const events = await EventLog.open(asked, { redactor, stdout: io.stdout, cwd: io.cwd, now: () => new Date() });
  let code: ExitCode;
  try {
    code = await body(events);
  } catch (error) {
    await events.end();
    throw error;
  }
  const problem = await events.end();
  if (problem === null) return code;
  io.stderr.write(`wsurge: not all events could be written to ${problem}\n`);
  return EXIT.internal;
}
