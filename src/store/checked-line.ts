/** One line of a file that grows during a run: JSON with a checksum and a word that says what it is. */
import { crc32 } from 'node:zlib';

/** `{"crc":"<CRC-32 of the value's JSON, 8 hex digits>","<kind>":{...}}` and a line feed. */
export function checkedLine(kind: string, value: object): string {
  const json = JSON.stringify(value);
  return `{"crc":"${checksum(json)}","${kind}":${json}}\n`;
}

export type CheckedLine<Kind extends string> =
  | { readonly ok: true; readonly kind: Kind; readonly value: object }
  | { readonly ok: false; readonly problem: string };

const LINE = /^\{"crc":"([0-9a-f]{8})","(\w+)":(\{.*\})\}$/s;

/** One line without its line feed. `what`: the name of such a line, for a problem. */
export function parseCheckedLine<Kind extends string>(
  line: string,
  kinds: readonly Kind[],
  what: string,
): CheckedLine<Kind> {
  const [, crc, word, json] = LINE.exec(line) ?? [];
  const kind = kinds.find((each) => each === word);
  if (kind === undefined || json === undefined) return { ok: false, problem: `not ${what}` };
  if (checksum(json) !== crc) return { ok: false, problem: `checksum is ${checksum(json)}, the line says ${crc}` };
  const value = jsonOf(json);
  if (value === null) return { ok: false, problem: 'no JSON' };
  return { ok: true, kind, value };
}

/** Null if the text is not JSON, although its checksum is right. */
function jsonOf(text: string): object | null {
  try {
    return JSON.parse(text) as object;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function checksum(json: string): string {
  return crc32(json).toString(16).padStart(8, '0');
}
