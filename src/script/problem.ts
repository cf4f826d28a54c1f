import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../errors.js';

/** What may go wrong in a script while connections talk; the code is for tables. */
export type ScriptCode =
  /** `open` threw. */
  | 'script_open'
  /** `open` left a value of the session unset that the profile needs, or one that is no JSON. */
  | 'script_session'
  /** More came than was waited for. */
  | 'script_flood'
  /** `build` threw, or built no message. */
  | 'script_build'
  /** Two messages differ in more than their numbers. */
  | 'script_digits'
  /** A message without its number, where replies are known by it. */
  | 'script_number'
  /** `onFrame` threw, or returned something else than a name. */
  | 'script_frame'
  /** `onFrame` said 'fail'. */
  | 'script_fail'
  /** It threw where nobody catches. */
  | 'script_stray';

/** A script did something wrong, or said that the server did. The message says where, and what to do. */
export class ScriptProblem extends Error {
  override readonly name = 'ScriptProblem';
  readonly code: ScriptCode;

  constructor(code: ScriptCode, message: string) {
    super(message);
    this.code = code;
  }

  /** What was thrown in `what` (`open`, `build of say`), with its file and line. */
  static of(code: ScriptCode, what: string, thrown: unknown): ScriptProblem {
    if (thrown instanceof ScriptProblem) return thrown;
    return new ScriptProblem(code, `${what} threw at ${placeOf(thrown) ?? 'an unknown place'}: ${messageOf(thrown)}`);
  }
}

/** Where the modules of this room are, or the one file that holds them all. */
const OWN = new URL('.', import.meta.url).href;
const FRAME = /(file:\/\/[^\s()]+?)(?:\?[^\s():]*)?:(\d+):(\d+)/;

/**
 * The place in the user's code that an error comes from, `chat.mjs:12:5`; null if its stack names none. Relative to the
 * working folder for files within it.
 */
export function placeOf(thrown: unknown): string | null {
  const stack = thrown instanceof Error && typeof thrown.stack === 'string' ? thrown.stack : '';
  for (const line of stack.split('\n')) {
    const [, url, row, column] = FRAME.exec(line) ?? [];
    if (url !== undefined && !url.startsWith(OWN)) return `${shown(fileURLToPath(url))}:${row}:${column}`;
  }
  return null;
}

/** A path as people want to read it. */
export function shown(file: string): string {
  const near = path.relative(process.cwd(), file);
  return near.startsWith('..') ? file : near;
}
