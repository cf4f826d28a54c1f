import type { Rows } from './data-rows.js';
import type { Path } from './document.js';
import type { Env } from './interpolate.js';
import type { ProblemList } from './problem-list.js';
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
  /** The bytes of a file, unchanged. */
  readonly readBytes: (file: string, at: Path) => Buffer | null;
}

/** A text with its tokens checked and in their plain form. */
export function resolveTokens(
  text: string,
  path: Path,
  resolution: Resolution,
  place: Pick<TokenScope, 'perMessage' | 'isUrl' | 'isBinary'>,
) {
  const { env, columns, problems, secrets } = resolution;
  const checked = checkTokens(text, { env, columns, ...place });
  for (const { message, hint } of checked.wrong) problems.rule({ path, message, hint });
  for (const secret of checked.secrets) secrets.add(secret);
  return checked;
}
