/** result.json and `--json`: the document itself. */
import type { Reporter } from '../shared/reporter.js';

/** Characters that JSON allows in a string, but a terminal would obey or hide. */
const UNSAFE = /[\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

export const jsonReporter: Reporter = { file: 'result.json', render: (document) => jsonText(document) };

/**
 * A document as indented JSON with a line end. Throws on a number that JSON cannot hold: as null, the defect would look
 * like a missing value.
 */
export function jsonText(document: unknown): string {
  const text = JSON.stringify(
    document,
    (key, value: unknown) => {
      if (typeof value === 'number' && !Number.isFinite(value)) throw new Error(`${key} is ${value}: no result`);
      return value;
    },
    2,
  );
  return `${text.replace(UNSAFE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`;
}
