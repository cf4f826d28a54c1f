/** Where a profile is: found by the name that a user gives, before any profile is read. */
import { codeOf, messageOf, type Problem } from '../errors.js';
import { nearest } from '../profile/did-you-mean.js';
import { NotText, type ReadFile, textOf } from '../profile/file-text.js';
import type { ProfileSource } from '../profile/parse.js';
import { redactUrl } from '../profile/redact-text.js';
import { shippedNames, shippedProfile } from './shipped-profiles.js';

/** A URL in place of a profile. */
export interface BareUrl {
  readonly kind: 'url';
  readonly url: string;
}

export function looksLikeUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\/|^ws\+unix:/i.test(text);
}

/** The text of a profile: the file at `path`, or else the shipped profile of that name. A problem if neither can be read. */
export function profileSource(path: string, readText: ReadFile): ProfileSource | Problem {
  try {
    return { kind: 'file', path, text: textOf(readText(path)) };
  } catch (error) {
    const code = codeOf(error);
    const shipped = code === 'ENOENT' || code === 'EISDIR' ? shippedProfile(path) : null;
    if (shipped !== null) return { kind: 'file', path: shipped.file, text: shipped.text };
    const near = nearest(path, shippedNames());
    const hint =
      error instanceof NotText
        ? 'a profile is text in UTF-8'
        : near === null || code !== 'ENOENT'
          ? 'give the path of a profile, a name that `wsurge profiles` lists, or a URL that starts with ws:// or wss://'
          : `did you mean "${near}", which ships with wsurge?`;
    // The text may be a misspelt URL with a secret in it.
    return { where: redactUrl(path), message: `cannot be read (${code ?? messageOf(error)})`, hint };
  }
}
