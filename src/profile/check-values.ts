import type { Path } from './document.js';
import { envValue } from './interpolate.js';
import type { Resolution } from './resolution.js';
import { fillWith, tokenNames } from './tokens.js';

/** A text of the profile that holds tokens, and what is wrong with it once they are filled in; null for nothing. */
export interface TokenUse {
  readonly path: Path;
  readonly text: string;
  /** What needs no look; absent for what fits into every URL, header and sub-protocol. */
  readonly harmless?: RegExp;
  readonly trouble: (filled: string) => { readonly message: string; readonly hint?: string | undefined } | null;
}

/** Stands for the other tokens of a text while one is judged. */
export const MARK = 'wsurge-token';
/** Fits into a URL, a header and a sub-protocol. */
const HARMLESS = /^[A-Za-z0-9._~-]{1,200}$/;

/**
 * Judges every value that will ever be filled in: each row of data and each variable, before any load. The column, the row
 * and what is wrong are named; the value is not shown, for it may be a secret.
 */
export function checkValues(
  { path, text, trouble, harmless = HARMLESS }: TokenUse,
  { env, rows, problems }: Resolution,
): void {
  const troubleWith = (name: string, value: string) =>
    harmless.test(value) ? null : trouble(fillWith(text, (other) => (other === name ? value : MARK)));
  for (const name of tokenNames(text)) {
    if (name.startsWith('env.')) {
      const found = troubleWith(name, envValue(env, name.slice('env.'.length)) ?? '');
      if (found !== null) problems.rule({ path, at: 'key', ...found, message: `with {{${name}}} it ${found.message}` });
    } else if (name.startsWith('data.')) {
      const column = name.slice('data.'.length);
      const wrong = rows.flatMap((row, index) => {
        const found = Object.hasOwn(row, column) ? troubleWith(name, row[column]!) : null;
        return found === null ? [] : [{ ...found, row: index + 1 }];
      });
      const [first] = wrong;
      if (first === undefined) continue;
      const others = wrong.length === 1 ? '' : ` (and ${wrong.length - 1} more of ${rows.length} rows)`;
      const message = `with {{${name}}} of row ${first.row}${others} it ${first.message}`;
      problems.rule({ path, at: 'key', message, hint: first.hint });
    }
  }
}
