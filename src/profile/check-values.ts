import type { Path } from './document.js';
import { envValue } from './interpolate.js';
import type { Resolution } from './resolution.js';
import { fillWith, tokenNames } from './tokens.js';

/** A text of the profile that holds tokens. `trouble` says what is wrong once they are filled in, or returns null. */
export interface TokenUse {
  readonly path: Path;
  readonly text: string;
  /** Values that need no check; absent: values that fit into every URL, header and sub-protocol. */
  readonly harmless?: RegExp;
  readonly trouble: (filled: string) => { readonly message: string; readonly hint?: string | undefined } | null;
}

/** Replaces the other tokens of a text while one token is judged. */
export const MARK = 'wsurge-token';
/** Values that fit into a URL, a header and a sub-protocol. */
const HARMLESS = /^[A-Za-z0-9._~-]{1,200}$/;

/**
 * Checks, before any load, every value that will be filled in: each row of data and each variable. The message names
 * the column, the row and the problem. It does not show the value, which may be a secret.
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
