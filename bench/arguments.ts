import { parseArgs } from 'node:util';
import { messageOf } from '../src/errors.js';

/** What the command line asks for; null where each case decides. */
export interface BenchArguments {
  readonly rounds: number | null;
  readonly seconds: number | null;
  /** Names of cases, all of them known; empty for all. */
  readonly only: readonly string[];
  /** The file that everything is written to as JSON. */
  readonly jsonFile: string | null;
  readonly list: boolean;
  readonly help: boolean;
  readonly peers: readonly { readonly name: string; readonly path: string }[];
}

/** What has to be known to read the command line. */
export interface Known {
  readonly cases: readonly string[];
  readonly peers: readonly string[];
}

/** A mistake of the user: one line that ends with the next step. */
export class ArgumentError extends Error {}

const ROUNDS_MAX = 1000;
const SECONDS_MAX = 600;

/** Reads the arguments after `npm run bench --`. Throws an `ArgumentError` for the first that is wrong. */
export function parseArguments(args: readonly string[], known: Known): BenchArguments {
  const { values } = parsed(args);
  return {
    rounds: numberOf('--rounds', values.rounds, 1, ROUNDS_MAX, true),
    seconds: numberOf('--seconds', values.seconds, 0.1, SECONDS_MAX, false),
    only: values.only.flatMap((names) => names.split(',').map((name) => knownCase(name.trim(), known))),
    jsonFile: fileOf(values.json),
    list: values.list,
    help: values.help,
    peers: values.peer.map((text) => peerOf(text, known)),
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      strict: true,
      allowPositionals: false,
      options: {
        rounds: { type: 'string' },
        seconds: { type: 'string' },
        only: { type: 'string', multiple: true, default: [] },
        json: { type: 'string' },
        list: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
        peer: { type: 'string', multiple: true, default: [] },
      },
    });
  } catch (error) {
    throw new ArgumentError(`${messageOf(error).split('. ')[0]}; --help lists what there is`);
  }
}

function numberOf(flag: string, text: string | undefined, least: number, most: number, whole: boolean): number | null {
  if (text === undefined) return null;
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most && (!whole || Number.isInteger(value))) return value;
  const kind = whole ? 'a whole number' : 'a number';
  throw new ArgumentError(`${flag} ${JSON.stringify(text)}: give ${kind} from ${least} to ${most}`);
}

function knownCase(name: string, { cases }: Known): string {
  if (cases.includes(name)) return name;
  throw new ArgumentError(`--only: there is no case ${JSON.stringify(name)}; there are ${cases.join(', ')}`);
}

function fileOf(text: string | undefined): string | null {
  if (text === '') throw new ArgumentError('--json names no file: --json bench.json');
  return text ?? null;
}

function peerOf(text: string, { peers }: Known): { name: string; path: string } {
  const [, name, path] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || path === undefined) {
    throw new ArgumentError(
      `--peer ${JSON.stringify(text)}: write it as name=path, with a name of ${peers.join(', ')}`,
    );
  }
  if (!peers.includes(name)) {
    throw new ArgumentError(`--peer: ${JSON.stringify(name)} is not known; known are ${peers.join(', ')}`);
  }
  return { name, path };
}
