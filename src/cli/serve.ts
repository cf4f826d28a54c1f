import type { Argv } from 'yargs';
import { EXIT, type ExitCode, type Problem, WsurgeError } from '../errors.js';
import { suggest } from '../profile/did-you-mean.js';
import { CATALOGUE } from '../server/faults/catalogue.js';
import { IdleCollector } from '../server/idle-collector.js';
import { parseServerOptions, type ServerSettings } from '../server/options.js';
import { type RunningServer, startServer } from '../server/server.js';
import { parseBytes, parseDurationMs } from '../units.js';
import type { CliIo } from './io.js';

export const SERVE_COMMAND = 'serve';

type Convert = 'text' | 'number' | 'bytes' | 'duration';

/** Every flag of `serve`: the server option it sets and how its text becomes a value. */
const FLAGS = {
  engine: { key: 'engine', convert: 'text', describe: 'ws, uws or auto (uws where it is installed)' },
  port: { key: 'port', convert: 'number', describe: 'Port; 0 takes a free one (default 0)' },
  host: { key: 'host', convert: 'text', describe: 'Address to listen on (default 127.0.0.1)' },
  path: { key: 'path', convert: 'text', describe: 'The only path that takes WebSockets (default: all)' },
  'ping-interval': {
    key: 'pingIntervalMs',
    convert: 'duration',
    describe: 'Keep-alive pings, e.g. 30s; 0s turns them off',
  },
  token: { key: 'token', convert: 'text', describe: 'Ask for this token (Bearer header or ?token=)' },
  quota: { key: 'quota', convert: 'number', describe: 'Messages a connection may send before 4429' },
  'max-connections': { key: 'maxConnections', convert: 'number', describe: 'Further connections get 503' },
  'max-message': { key: 'maxMessageBytes', convert: 'bytes', describe: 'Larger messages get an error (default 1MiB)' },
  cert: { key: 'certFile', convert: 'text', describe: 'PEM certificate; with --key the server speaks wss' },
  key: { key: 'keyFile', convert: 'text', describe: 'PEM private key' },
  seed: { key: 'seed', convert: 'number', describe: 'Of everything that faults leave to chance (default 1)' },
  'truth-log': {
    key: 'truthLog',
    convert: 'text',
    describe: 'Write down in this file when each message came in and its reply left',
  },
} as const satisfies Record<string, { key: string; convert: Convert; describe: string }>;

/** Flags that may be given again and again: the option that takes the list. */
const LISTS = {
  origin: { key: 'origins', describe: 'Let in only this origin (repeatable)' },
  faults: { key: 'faults', describe: 'Misbehave like this, e.g. stall:100ms/1s,drop:1% (repeatable; see below)' },
} as const;

const SWITCHES = ['text-only', 'plain-echo', 'json'] as const;
const KNOWN = [...Object.keys(FLAGS), ...Object.keys(LISTS), ...SWITCHES];

/** Declares the flags. All values stay text; `serveCommand` judges them, all at once. */
export function serveOptions<T>(yargs: Argv<T>): Argv<T> {
  yargs.strict(false);
  for (const [name, { describe }] of Object.entries(FLAGS)) yargs.option(name, { type: 'string', describe });
  for (const [name, { describe }] of Object.entries(LISTS)) yargs.option(name, { type: 'string', describe });
  yargs.option('text-only', { type: 'boolean', describe: 'Close with 1003 on a binary message' });
  yargs.option('plain-echo', { type: 'boolean', describe: 'Send every message back as it came, whatever is in it' });
  yargs.option('json', { type: 'boolean', describe: 'Say where it listens as one line of JSON' });
  yargs.epilogue(faultsHelp());
  return yargs;
}

/** Every fault with its forms and what it does. */
function faultsHelp(): string {
  const faults = Object.values(CATALOGUE).map(({ forms, does }) => `  ${forms.join('  ')}\n      ${does}`);
  return `Faults, several between commas or plus signs:\n${faults.join('\n')}`;
}

/** Runs the reference server until it is told to stop, or until the process that started it is gone. */
export async function serveCommand(argv: Readonly<Record<string, unknown>>, io: CliIo): Promise<ExitCode> {
  const settings = optionsOf(argv);
  const server = await startServer(settings);
  const isJson = argv['json'] === true;
  io.stdout.write(`${readyLine(server, settings, isJson)}\n`);
  if (!isJson && server.hint !== null) io.stderr.write(`uWebSockets.js would be faster: ${server.hint}\n`);
  const tidy = idleCollector(server);
  tidy?.start();
  await Promise.race([untilStopped(io.signal), server.failure]);
  tidy?.stop();
  // Says so itself where the truth log has failed.
  await server.close();
  return EXIT.passed;
}

/** Collects garbage before idle memory is read; only where Node was started with --expose-gc, as `run` does. */
function idleCollector(server: RunningServer): IdleCollector | null {
  const { gc } = globalThis;
  if (gc === undefined) return null;
  const activity = () => {
    const { connectionsOpened, messagesReceived } = server.stats();
    return { opened: connectionsOpened, messages: messagesReceived };
  };
  return new IdleCollector(activity, () => void gc());
}

/** Stopped by a signal, or, where it was started over an IPC channel, by that channel's end: no orphan is ever left. */
async function untilStopped(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (process.send === undefined) return;
    if (!process.connected) return resolve();
    process.once('disconnect', () => resolve());
  });
}

function readyLine({ url, host, port, engine, hint }: RunningServer, settings: ServerSettings, json: boolean): string {
  const { pid } = process;
  const { faults, seed } = settings;
  const misbehaves = faults.length > 0;
  if (json) {
    const chosen = misbehaves ? { faults, seed } : {};
    return JSON.stringify({ event: 'listening', url, host, port, engine, pid, hint, ...chosen });
  }
  const chosen = misbehaves ? `, faults ${faults.join(',')}, seed ${seed}` : '';
  return `listening on ${url}, engine ${engine}, pid ${pid}${chosen}`;
}

/** Flags as server options; every problem at once (104). */
function optionsOf(argv: Readonly<Record<string, unknown>>) {
  const problems: Problem[] = [...unknownFlags(argv)];
  const options: Record<string, unknown> = {};
  const origins: Record<string, string> = {};
  for (const [name, { key, convert }] of Object.entries(FLAGS)) {
    const given = argv[name];
    if (given === undefined) continue;
    if (Array.isArray(given)) problems.push({ where: `--${name}`, message: 'is given more than once' });
    const text = String(Array.isArray(given) ? given[given.length - 1] : given);
    options[key] = converted(text, convert);
    origins[key] = name === 'token' ? `--${name}` : `--${name} ${JSON.stringify(text)}`;
  }
  for (const [name, { key }] of Object.entries(LISTS)) {
    if (argv[name] === undefined) continue;
    const texts = [argv[name]].flat().map(String);
    options[key] = texts;
    // Problems with faults name the one they are about.
    origins[key] = name === 'faults' ? '--faults' : `--${name} ${texts.map((text) => JSON.stringify(text)).join(' ')}`;
  }
  if (argv['text-only'] === true) options['textOnly'] = true;
  if (argv['plain-echo'] === true) options['plainEcho'] = true;
  try {
    const settings = parseServerOptions(options, (key) => origins[key] ?? flagOf(key));
    if (problems.length === 0) return settings;
  } catch (error) {
    if (!(error instanceof WsurgeError)) throw error;
    problems.push(...error.problems);
  }
  throw new WsurgeError(EXIT.usage, 'serve_options', 'the server cannot start like this', {
    problems,
    next: 'wsurge serve --help',
  });
}

/** The flag that sets an option. */
function flagOf(optionKey: string): string {
  const flag = Object.entries({ ...FLAGS, ...LISTS }).find(([, { key }]) => key === optionKey)?.[0];
  return `--${flag ?? optionKey}`;
}

/** A text as its option takes it; NaN where it is none, which the options then refuse. */
function converted(text: string, convert: Convert): string | number {
  if (convert === 'text') return text;
  if (convert === 'duration') return parseDurationMs(text) ?? Number.NaN;
  if (convert === 'bytes') return parseBytes(text) ?? Number.NaN;
  return /^\d+$/.test(text) ? Number(text) : Number.NaN;
}

function* unknownFlags(argv: Readonly<Record<string, unknown>>): Generator<Problem> {
  for (const name of Object.keys(argv)) {
    if (name === '_' || name === '$0' || name === 'help' || name === 'h' || name === 'version') continue;
    if (KNOWN.includes(name) || KNOWN.includes(name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`))) continue;
    yield {
      where: `${name.length === 1 ? '-' : '--'}${name}`,
      message: 'is no option of serve',
      hint: suggest(name, KNOWN),
    };
  }
  const words = Array.isArray(argv['_']) ? argv['_'].slice(1) : [];
  for (const word of words) yield { where: String(word), message: 'is one argument too many' };
}
