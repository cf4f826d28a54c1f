import { type Problem, WsurgeError } from '../../errors.js';
import type { Env } from '../../profile/interpolate.js';
import type { ServerSettings } from '../../server/options.js';
import { parseBytes, parseDurationMs } from '../../units.js';
import { SERVE, SERVE_OPTIONS, type ServeFlag } from '../flags/serve.js';
import { readFlags } from './flag-values.js';

export interface ServeRequest {
  readonly settings: ServerSettings;
  readonly json: boolean;
}

/** Flags as server options. Throws with every problem at once (104). */
export async function serveRequest(argv: Readonly<Record<string, unknown>>, env: Env): Promise<ServeRequest> {
  const values = readFlags(SERVE, argv, env);
  const options: Record<string, unknown> = {};
  const origins: Record<string, string> = {};
  for (const [name, { key, type, convert }] of Object.entries<ServeFlag>(SERVE_OPTIONS)) {
    const flag = name as keyof typeof SERVE_OPTIONS;
    if (type === 'switch') {
      if (values.isOn(flag)) options[key] = true;
      continue;
    }
    const given = type === 'list' ? values.list(flag) : [values.text(flag) ?? []].flat();
    if (given.length === 0) continue;
    const texts = given.map(({ value }) => value);
    options[key] = type === 'list' ? texts : converted(texts[0]!, convert);
    // The value is not repeated here: a token is a secret, and problems with faults name the fault.
    const isNamedAlone = name === 'token' || name === 'faults';
    origins[key] = isNamedAlone ? `--${name}` : `--${name} ${texts.map((text) => JSON.stringify(text)).join(' ')}`;
  }
  const json = values.isOn('json');
  // Without options there is nothing to judge: then the code that judges them, which takes a while to load, is not
  // loaded.
  if (Object.keys(options).length === 0) values.throwIfWrong();
  const { parseServerOptions } = await import('../../server/options.js');
  const settings = collecting(values.problems, () => parseServerOptions(options, (key) => origins[key] ?? flagOf(key)));
  values.throwIfWrong();
  return { settings: settings!, json };
}

/** What `read` returns; null if it throws problems, which are added to `problems`. */
function collecting<T>(problems: Problem[], read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof WsurgeError)) throw error;
    problems.push(...error.problems);
    return null;
  }
}

/** The flag that sets an option. */
function flagOf(optionKey: string): string {
  const flag = Object.entries(SERVE_OPTIONS).find(([, { key }]) => key === optionKey)?.[0];
  return `--${flag ?? optionKey}`;
}

/** The value of an option from its text. NaN if it is none; the options refuse that. */
function converted(text: string, convert: ServeFlag['convert']): string | number {
  if (convert === 'text') return text;
  if (convert === 'duration') return parseDurationMs(text) ?? Number.NaN;
  if (convert === 'bytes') return parseBytes(text) ?? Number.NaN;
  return /^\d+$/.test(text) ? Number(text) : Number.NaN;
}
