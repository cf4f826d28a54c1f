/** `--events`: one JSON object a line, on stdout or in a file, while the run goes on. */
import { once } from 'node:events';
import { createWriteStream, rmSync, statSync, type WriteStream } from 'node:fs';
import path from 'node:path';
import type { Turn } from '../campaign/ab-rounds.js';
import { safeText } from '../documents/build-result.js';
import type { Redactor } from '../documents/redaction/redact.js';
import { codeOf, usageError } from '../errors.js';
import { reasonOf } from '../store/store-error.js';
import { EVENT_WORDS, type EventLine, EventLines } from './event-lines.js';
import type { RunEvent } from './events.js';

/** The name that stands for stdout. */
export const EVENTS_TO_STDOUT = '-';

/** Takes whole lines, and never throws. */
interface LineOutput {
  write(line: string): void;
  /** Resolves when all is written, with the reason why it could not be; null if it was. */
  end(): Promise<string | null>;
}

export interface EventLogDeps {
  readonly redactor: Redactor;
  readonly stdout: { write(text: string): void };
  readonly cwd: string;
  readonly now: () => Date;
}

/** Tells what happens as JSON lines, secrets struck out. Made without an output it tells nobody. */
export class EventLog {
  readonly #output: LineOutput | null;
  readonly #deps: EventLogDeps;
  #lines = new EventLines(null);

  private constructor(output: LineOutput | null, deps: EventLogDeps) {
    this.#output = output;
    this.#deps = deps;
  }

  /** `asked`: a file to make, `-` for stdout, or null. Throws WsurgeError (104) where the file cannot be written to. */
  static async open(asked: string | null, deps: EventLogDeps): Promise<EventLog> {
    if (asked === null) return new EventLog(null, deps);
    if (asked !== EVENTS_TO_STDOUT) return new EventLog(await fileOutput(path.resolve(deps.cwd, asked), asked), deps);
    // No failure to report here: the command line says at its end where stdout did not take all that was printed.
    return new EventLog({ write: (line) => deps.stdout.write(line), end: async () => null }, deps);
  }

  /** `turn`: of a comparison, to which the event belongs. Turns come one after the other. */
  tell(event: RunEvent, turn: Turn | null = null): void {
    if (this.#output === null) return;
    if (turn !== this.#lines.turn) this.#lines = new EventLines(turn);
    for (const line of this.#lines.of(event)) this.#write(line);
  }

  /** Resolves when all is written, with the reason why it could not be; null if it was. */
  async end(): Promise<string | null> {
    return (await this.#output?.end()) ?? null;
  }

  #write({ v, type, ...rest }: EventLine): void {
    const { redactor, now } = this.#deps;
    const line = { v, type, at: now().toISOString(), ...rest };
    const keep = new Set([...EVENT_WORDS, ...keysOf(line)]);
    this.#output?.write(`${JSON.stringify(safeText(redactor.json(line, keep)))}\n`);
  }
}

/** Our own keys, which are never struck out. */
function keysOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(keysOf);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => [key, ...keysOf(item)]);
}

/** A new file; what is there already and is no file (a pipe, a terminal) is written to as it is. */
async function fileOutput(file: string, shown: string): Promise<LineOutput> {
  const isOurs = !isDevice(file);
  const stream = createWriteStream(file, { flags: isOurs ? 'ax' : 'a' });
  let failure: Error | null = null;
  let isEmpty = true;
  stream.on('error', (error) => {
    failure ??= error;
  });
  try {
    await once(stream, 'open');
  } catch (error) {
    throw usageError('events_not_writable', `--events: cannot write to ${shown}: ${reasonOf(error)}`, NEXT);
  }
  return {
    write: (line) => {
      isEmpty = false;
      if (failure === null) stream.write(line);
    },
    end: async () => {
      await ended(stream);
      // A command that was refused before its first event leaves no empty file: the next try needs the name.
      if (isOurs && isEmpty) rmSync(file, { force: true });
      // EPIPE: the reader of the pipe has left, as `head` does. The reader wanted no more, so nothing failed.
      return failure === null || codeOf(failure) === 'EPIPE' ? null : `${shown}: ${reasonOf(failure)}`;
    },
  };
}

const NEXT = 'name a file that is not there yet, in a folder that you may write to, or - for stdout';

function isDevice(file: string): boolean {
  const found = statSync(file, { throwIfNoEntry: false });
  return found !== undefined && !found.isFile() && !found.isDirectory();
}

function ended(stream: WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.closed) resolve();
    else {
      stream.once('close', resolve);
      stream.end();
    }
  });
}
