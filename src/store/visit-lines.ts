/** Reads a file that grew by lines back, one line at a time, even if a crash cut the last one. */
import { createReadStream } from 'node:fs';
import { codeOf } from '../errors.js';
import { checkPlainFile } from './plain-file.js';
import { reasonOf, unreadable } from './store-error.js';

type Broken = { readonly ok: false; readonly problem: string };

/**
 * Visits every whole line of a file, in the order written; `number` counts from 1. A torn last line is cut off. A broken
 * line followed by whole ones throws WsurgeError: a crash cannot have caused that.
 */
export async function visitLines<Line extends { readonly ok: true }>(
  file: string,
  parse: (text: string) => Line | Broken,
  visit: (line: Line, number: number) => void,
): Promise<{ readonly cutBytes: number }> {
  let broken: { readonly line: number; readonly problem: string } | null = null;
  let number = 0;
  let wholeBytes = 0;
  let bytes = 0;
  for await (const { text, ended } of linesOf(file)) {
    number++;
    bytes += text.length + (ended ? 1 : 0);
    const parsed = ended ? parse(text.toString('utf8')) : NO_LINE_END;
    if (!parsed.ok) {
      broken ??= { line: number, problem: parsed.problem };
      continue;
    }
    if (broken !== null) throw unreadable(file, `line ${broken.line} is damaged: ${broken.problem}`);
    visit(parsed, number);
    wholeBytes = bytes;
  }
  return { cutBytes: bytes - wholeBytes };
}

const NO_LINE_END = { ok: false, problem: 'cut off' } as const;
const LINE_FEED = 0x0a;
/** wsurge writes lines of up to half a mebibyte. A longer line is not one of its own and would fill the memory. */
const MOST_LINE_BYTES = 8 * 1024 * 1024;

/**
 * Lines as bytes, so that a character cut in half is kept as it is. `ended`: whether the line ended with a line feed.
 */
async function* linesOf(file: string): AsyncGenerator<{ readonly text: Buffer; readonly ended: boolean }> {
  await checkPlainFile(file, Number.MAX_SAFE_INTEGER);
  let rest: Buffer[] = [];
  let restBytes = 0;
  try {
    for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
      let from = 0;
      for (let at = chunk.indexOf(LINE_FEED); at !== -1; at = chunk.indexOf(LINE_FEED, from)) {
        yield { text: Buffer.concat([...rest, chunk.subarray(from, at)]), ended: true };
        rest = [];
        restBytes = 0;
        from = at + 1;
      }
      if (from < chunk.length) rest.push(chunk.subarray(from));
      restBytes += chunk.length - from;
      if (restBytes > MOST_LINE_BYTES) throw unreadable(file, `a line has more than ${MOST_LINE_BYTES} bytes`);
    }
  } catch (error) {
    if (codeOf(error) === null || codeOf(error) === 'results_unreadable') throw error;
    throw unreadable(file, reasonOf(error), error);
  }
  if (rest.length > 0) yield { text: Buffer.concat(rest), ended: false };
}
