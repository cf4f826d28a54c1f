import { Redactor } from '../documents/redaction/redact.js';
import { canaryRow } from '../plan/hand-out.js';
import type { ParsedProfile } from '../profile/profile.js';
import { literalSecrets } from '../profile/redact.js';
import { sanitize } from '../text/sanitize.js';

/** Makes what a server said safe to print: it may echo what it was sent, and hold anything else. */
export function foreignWords({ profile, secrets }: ParsedProfile): (text: string, most: number) => string {
  const foreign = new Redactor([...secrets, ...literalSecrets(profile)]);
  return (text, most) => sanitize(foreign.text(text), most);
}

/** Names of values that are secret as a rule: of JSON members, columns and captures. */
const SECRET_NAME = /token|passw|secret|credential|api_?key|authoriz|^auth$|jwt|cookie/i;
/** Shorter values would be struck out of words and numbers. */
const SHORTEST = 4;

/**
 * Makes a line of a transcript safe to print, of either side. What a message says can still be read: only what is known
 * to be secret is struck out, and what its name calls a secret. `values`: captured ones, by name.
 */
export function transcribedWords({
  profile,
  secrets,
}: ParsedProfile): (text: string, most: number, values: Readonly<Record<string, unknown>>) => string {
  const known = [...secrets, ...literalSecrets({ ...profile, load: [] }), ...secretsByName(canaryRow(profile.data))];
  let redactor = new Redactor(known);
  let captured: string[] = [];
  return (text, most, values) => {
    const now = secretsByName(values);
    if (now.join('\n') !== captured.join('\n')) {
      captured = now;
      redactor = new Redactor([...known, ...captured]);
    }
    return sanitize(strikeMembers(redactor.text(text)), most);
  };
}

function secretsByName(values: Readonly<Record<string, unknown>> = {}): string[] {
  return Object.entries(values).flatMap(([name, value]) =>
    SECRET_NAME.test(name) && typeof value === 'string' && value.length >= SHORTEST ? [value] : [],
  );
}

/** Strikes out the values of JSON members that are called secrets, also of JSON inside a string of JSON. */
function strikeMembers(text: string): string {
  return text
    .replace(/"([^"\\]{1,60})"(\s*:\s*)"((?:[^"\\]|\\.)*)"/gs, (member, name: string, colon: string) =>
      SECRET_NAME.test(name) ? `"${name}"${colon}"***"` : member,
    )
    .replace(/\\"([^"\\]{1,60})\\"(\s*:\s*)\\"(.*?)\\"/gs, (member, name: string, colon: string) =>
      SECRET_NAME.test(name) ? `\\"${name}\\"${colon}\\"***\\"` : member,
    );
}
