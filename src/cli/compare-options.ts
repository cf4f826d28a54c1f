import { EXIT, type Problem, WsurgeError } from '../errors.js';
import { suggest } from '../profile/did-you-mean.js';
import type { Env } from '../profile/interpolate.js';
import { COMPARED_KEYS, type ComparedKey } from '../verdict/compare/metrics.js';
import { readFlags } from './flag-values.js';
import { COMPARE } from './flags/saved.js';

export interface CompareRequest {
  readonly a: readonly string[];
  readonly b: readonly string[];
  readonly margins: Partial<Record<ComparedKey, number>>;
  /** Shares; empty where none is given. */
  readonly noise: Partial<Record<ComparedKey, number>>;
  readonly history: string | null;
  readonly output: string | null;
  readonly force: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
}

/** The command line; every problem with it at once (104). */
export function compareRequest(argv: Readonly<Record<string, unknown>>, env: Env): CompareRequest {
  const values = readFlags(COMPARE, argv, env);
  const { problems } = values;
  const runs = values.words('runs');
  const texts = (name: 'vs' | 'margin' | 'noise') => values.list(name).map(({ value }) => value);
  const [vs, noise] = [texts('vs'), texts('noise')];
  const sides = vs.length > 0 ? { a: runs, b: vs } : { a: runs.slice(0, 1), b: runs.slice(1) };
  if (sides.a.length === 0 || sides.b.length === 0) {
    values.refuse('wsurge compare', 'needs two runs', 'wsurge compare results/A results/B');
  } else if (vs.length === 0 && runs.length > 2) {
    const hint = 'put --vs between the runs of A and those of B';
    values.refuse('wsurge compare', `${runs.length} runs, and nothing says which are B`, hint);
  }
  const request: CompareRequest = {
    ...sides,
    margins: marginsOf(texts('margin'), problems),
    noise: noiseOf(noise, problems),
    history: values.text('history')?.value ?? null,
    output: values.text('output')?.value ?? null,
    force: values.isOn('force'),
    json: values.isOn('json'),
    quiet: values.isOn('quiet'),
  };
  if (noise.length > 0 && request.history !== null) {
    values.refuse('--noise', 'and --history both say what the noise is', 'give one of them');
  }
  if (sides.a.length + sides.b.length > 2) {
    for (const flag of ['noise', 'history'] as const) {
      if (!values.isGiven(flag)) continue;
      values.refuse(
        `--${flag}`,
        'is for one run a side: several show themselves how far they lie apart',
        'leave it out',
      );
    }
  }
  if (problems.length === 0) return request;
  throw new WsurgeError(EXIT.usage, 'usage', 'nothing was compared', { problems, next: 'wsurge compare --help' });
}

export function marginsOf(given: readonly string[], problems: Problem[]): Partial<Record<ComparedKey, number>> {
  return sharesOf('--margin', given, problems);
}

/** By metric, or one for all of them. */
function noiseOf(given: readonly string[], problems: Problem[]): Partial<Record<ComparedKey, number>> {
  const [one, ...others] = given;
  if (one === undefined || one.includes('=') || others.length > 0) return sharesOf('--noise', given, problems);
  const all = share('--noise', one, problems);
  return Object.fromEntries(COMPARED_KEYS.map((key) => [key, all]));
}

function sharesOf(flag: string, given: readonly string[], problems: Problem[]): Partial<Record<ComparedKey, number>> {
  const shares: Partial<Record<ComparedKey, number>> = {};
  for (const text of given.flatMap((one) => one.split(','))) {
    const [, name = '', value = ''] = /^\s*(\w+)\s*=\s*(.*)$/.exec(text) ?? [];
    const key = COMPARED_KEYS.find((known) => known === name);
    if (key === undefined) {
      const hint = `write it like p99=15%; ${suggest(name, COMPARED_KEYS)}`;
      problems.push({ where: flag, message: `${JSON.stringify(text)} names no metric`, hint });
    } else {
      shares[key] = share(`${flag} ${key}`, value, problems);
    }
  }
  return shares;
}

/** `5%` or `0.05`, above 0 and at most 1; NaN with a problem where it is none. */
function share(where: string, text: string, problems: Problem[]): number {
  const [, digits, percent] = /^\s*(\d+(?:\.\d+)?|\.\d+)\s*(%?)\s*$/.exec(text) ?? [];
  const value = Number(digits ?? Number.NaN) / (percent === '%' ? 100 : 1);
  if (value > 0 && value <= 1) return value;
  problems.push({
    where,
    message: `${JSON.stringify(text)} is no share above 0 %`,
    hint: 'e.g. 5% or 0.05, at most 100%',
  });
  return Number.NaN;
}
