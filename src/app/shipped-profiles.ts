import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Relative to the compiled module in dist/src/app. */
const FOLDER = new URL('../../../profiles/', import.meta.url);
const ENDING = '.yaml';

export interface ShippedProfile {
  readonly name: string;
  readonly file: string;
  readonly text: string;
}

/** The names of the profiles that ship with wsurge, in order. */
export function shippedNames(): string[] {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith(ENDING));
  return files.map((file) => file.slice(0, -ENDING.length)).sort();
}

/** The profile that ships under a name; null where there is none. */
export function shippedProfile(name: string): ShippedProfile | null {
  if (!shippedNames().includes(name)) return null;
  const file = fileURLToPath(new URL(`${name}${ENDING}`, FOLDER));
  return { name, file, text: readFileSync(file, 'utf8') };
}

/** The first sentence of a profile's comment, below the line for editors. */
export function summaryOf({ text }: ShippedProfile): string {
  const lines = text.split('\n');
  const end = lines.findIndex((line) => !line.startsWith('#'));
  const comment = lines
    .slice(0, end)
    .filter((line) => !line.includes('yaml-language-server'))
    .map((line) => line.replace(/^# ?/, ''))
    .join(' ');
  return /^.*?[.?](?= [A-Z-]|$)/.exec(comment)?.[0] ?? comment;
}
