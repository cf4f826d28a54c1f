/** Errors of the application name flags, as the command line does. A caller of the library reads the keys of its request. */
import { type Problem, WsurgeError } from '../../errors.js';

/** Flags whose key is not their own name. */
const KEYS: Readonly<Record<string, string>> = {
  'allow-target': 'allowTargets',
  'until-ci': 'untilPrecise',
  'max-duration': 'untilPrecise.maxDuration',
  subprotocol: 'subprotocols',
  header: 'headers',
  label: 'labels',
  threshold: 'thresholds',
  cacert: 'ca',
  format: 'formats',
  o: 'output',
  c: 'connections',
  w: 'workers',
  H: 'headers',
};

const SET = /--set (\S+?)=([^\s,;)]+)/g;
const FLAG = /(?<![\w-])--?(no-)?([A-Za-z][a-z-]*)(?![\w-])/g;

/** The same text with keys in place of flags. What is to be typed at a shell stays as it is. */
export function inKeys(text: string): string {
  if (/\bwsurge [a-z]|\bulimit\b|\bsysctl\b/.test(text)) return text;
  return text
    .replace(SET, (_, key: string, value: string) => `set: { '${key}': '${value}' }`)
    .replace(FLAG, (whole, no: string | undefined, name: string) => {
      if (name.length === 1 && KEYS[name] === undefined) return whole;
      const key = KEYS[name] ?? name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
      return no === undefined ? key : `${key}: false`;
    });
}

/** The same error in the words of the library; anything else as it is. */
export function inLibraryWords(error: unknown): unknown {
  if (!(error instanceof WsurgeError)) return error;
  const { exitCode, code, message, next, problems } = error;
  return new WsurgeError(exitCode, code, inKeys(message), {
    ...(next === null ? {} : { next: inKeys(next) }),
    problems: problems.map(problemInKeys),
    cause: error,
  });
}

function problemInKeys({ where, message, hint, ...place }: Problem): Problem {
  const said = { ...place, where: inKeys(where), message: inKeys(message) };
  return hint === undefined ? said : { ...said, hint: inKeys(hint) };
}
