import type { Rows } from './data-rows.js';
import type { Path } from './document.js';
import type { Env } from './interpolate.js';
import { mapTexts } from './json-texts.js';
import type { ProblemList } from './problem-list.js';
import type { JsonValue } from './profile.js';
import { checkTokens, type TokenScope } from './tokens.js';

/** Everything needed to resolve a profile besides the user's input. */
export interface Resolution {
  readonly env: Env;
  readonly problems: ProblemList;
  readonly secrets: Set<string>;
  /** Columns of the data rows; null if they could not be read. */
  readonly columns: readonly string[] | null;
  readonly rows: Rows;
  /** The text of a file named at a path. Null after reporting why it cannot be read. */
  readonly readFile: (file: string, at: Path) => string | null;
  /** The path under which a file named at a path is read. */
  readonly pathOf: (file: string, at: Path) => string;
  /** The bytes of a file, unchanged. */
  readonly readBytes: (file: string, at: Path) => Buffer | null;
}

/** A text with its tokens checked and in their plain form. */
export function resolveTokens(
  text: string,
  path: Path,
  resolution: Resolution,
  place: Pick<TokenScope, 'perMessage' | 'isUrl' | 'isBinary' | 'talk'>,
) {
  const { env, columns, problems, secrets } = resolution;
  const checked = checkTokens(text, { env, columns, ...place });
  for (const { message, hint } of checked.wrong) problems.rule({ path, message, hint });
  for (const secret of checked.secrets) secrets.add(secret);
  return checked;
}

/** The same for every text of a value, keys too. `names`: the tokens of all of them. */
export function resolveJson(
  value: JsonValue,
  path: Path,
  resolution: Resolution,
  place: Pick<TokenScope, 'perMessage' | 'talk'>,
): { readonly value: JsonValue; readonly names: readonly string[] } {
  const names: string[] = [];
  const resolved = mapTexts(value, path, (text, at) => {
    const { env, columns, problems, secrets } = resolution;
    const checked = checkTokens(text, { env, columns, ...place });
    // The value may be a secret: only its key is said.
    for (const { message, hint } of checked.wrong) problems.rule({ path: at, at: 'key', message, hint });
    for (const secret of checked.secrets) secrets.add(secret);
    names.push(...checked.names);
    return checked.text;
  });
  return { value: resolved, names };
}
