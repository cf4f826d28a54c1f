import type { Argv } from 'yargs';
import { EXIT, type Problem, WsurgeError } from '../errors.js';
import { suggest } from '../profile/did-you-mean.js';
import { COMPARED_KEYS, type ComparedKey } from '../verdict/compare/metrics.js';

export const COMPARE_COMMAND = 'compare [runs..]';

/** Flags with a value; those marked as lists may be given again and again. */
const VALUES = {
  vs: 'The runs of B, where a side has more than one',
  margin: 'Change that does not matter, e.g. p99=15% (repeatable) [p50 5%, p99 10%, throughput 2%, connect 10%]',
  noise: 'Spread of single runs of one build, e.g. 3%, or p50=3% (repeatable): lets one run a side be judged',
  history: 'Take that noise from this history.ndjson',
  output: 'Folder that gets comparison.json, .md, .html and .xml',
} as const;
const SWITCHES = {
  force: 'Compare runs that differ in load, machine, ...; says so in the output',
  json: 'Print one JSON document and nothing else on stdout',
  quiet: 'Print only the verdict',
} as const;
const LISTS = ['vs', 'margin', 'noise'];
const ALIASES: Readonly<Record<string, string>> = { o: 'output', q: 'quiet' };

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

export function compareOptions<T>(yargs: Argv<T>): Argv<T> {
  yargs.parserConfiguration({ 'parse-positional-numbers': false });
  yargs.strict(false).positional('runs', {
    type: 'string',
    array: true,
    describe: 'Run folders or result.json files: A and B, or all of A before --vs',
  });
  for (const [name, describe] of Object.entries(VALUES)) {
    yargs.option(name, name === 'vs' ? { type: 'string', array: true, describe } : { type: 'string', describe });
  }
  for (const [name, describe] of Object.entries(SWITCHES)) yargs.option(name, { type: 'boolean', describe });
  yargs.alias('output', 'o').alias('quiet', 'q');
  yargs.epilogue(`Examples:
  wsurge compare results/A results/B                  one run a side
  wsurge compare results/A1 results/A2 results/A3 --vs results/B1 results/B2
  wsurge compare results/A results/B --noise 3% -o report
Service times are compared. 99: a metric regressed; 98: no valid runs are left; 104: unreadable or not comparable.`);
  return yargs;
}

/** The command line; every problem with it at once (104). */
export function compareRequest(argv: Readonly<Record<string, unknown>>): CompareRequest {
  const problems: Problem[] = [...unknownFlags(argv)];
  const runs = texts(argv['runs']);
  const vs = texts(argv['vs']);
  const sides = vs.length > 0 ? { a: runs, b: vs } : { a: runs.slice(0, 1), b: runs.slice(1) };
  if (sides.a.length === 0 || sides.b.length === 0) {
    problems.push({ where: 'wsurge compare', message: 'needs two runs', hint: 'wsurge compare results/A results/B' });
  } else if (vs.length === 0 && runs.length > 2) {
    const hint = 'put --vs between the runs of A and those of B';
    problems.push({ where: 'wsurge compare', message: `${runs.length} runs, and nothing says which are B`, hint });
  }
  const single = (name: string) => singleText(argv, name, problems);
  const request: CompareRequest = {
    ...sides,
    margins: marginsOf(texts(argv['margin']), problems),
    noise: noiseOf(texts(argv['noise']), problems),
    history: single('history'),
    output: single('output'),
    force: argv['force'] === true,
    json: argv['json'] === true,
    quiet: argv['quiet'] === true,
  };
  if (argv['noise'] !== undefined && request.history !== null) {
    problems.push({ where: '--noise', message: 'and --history both say what the noise is', hint: 'give one of them' });
  }
  if (sides.a.length + sides.b.length > 2) {
    for (const flag of ['noise', 'history']) {
      if (argv[flag] === undefined) continue;
      const message = 'is for one run a side: several show themselves how far they lie apart';
      problems.push({ where: `--${flag}`, message, hint: 'leave it out' });
    }
  }
  if (problems.length === 0) return request;
  throw new WsurgeError(EXIT.usage, 'usage', 'nothing was compared', { problems, next: 'wsurge compare --help' });
}

export function texts(value: unknown): string[] {
  return value === undefined ? [] : [value].flat().map(String);
}

export function singleText(argv: Readonly<Record<string, unknown>>, name: string, problems: Problem[]): string | null {
  const given = texts(argv[name]);
  if (given.length > 1) problems.push({ where: `--${name}`, message: `is given ${given.length} times` });
  if (given[0] === '') problems.push({ where: `--${name}`, message: 'needs a value' });
  return given[0] ?? null;
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

function* unknownFlags(argv: Readonly<Record<string, unknown>>): Generator<Problem> {
  const known = [...Object.keys(VALUES), ...Object.keys(SWITCHES)];
  const more = ['_', '$0', 'runs', 'help', 'h', 'version', ...Object.keys(ALIASES)];
  for (const name of Object.keys(argv)) {
    if (known.includes(name) || more.includes(name)) continue;
    const where = `${name.length === 1 ? '-' : '--'}${name}`;
    yield { where, message: 'is no flag of compare', hint: suggest(name, known) };
  }
  for (const name of Object.keys(VALUES)) {
    if (!LISTS.includes(name) && typeof argv[name] === 'boolean')
      yield { where: `--${name}`, message: 'needs a value' };
  }
}
