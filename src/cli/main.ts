import { EXIT, type ExitCode, messageOf, type Problem, WsurgeError } from '../errors.js';
import { toolVersion } from '../machine/tool-version.js';
import { nearest } from '../profile/did-you-mean.js';
import { sanitize } from '../text/sanitize.js';
import { moreHelp, RUN_COMMAND } from './command-loader.js';
import { COMMANDS, commandNamed } from './flags/commands.js';
import { commandHelp, generalHelp } from './help.js';
import type { CliIo } from './io.js';
import { splitArguments } from './options/split-arguments.js';
import { warningsBefore } from './warnings.js';

/** The whole command line: arguments in, exit code out. Never ends the process, never throws. */
export async function main(args: readonly string[], io: CliIo): Promise<ExitCode> {
  const json = args.includes('--json');
  try {
    return await dispatch(args, io);
  } catch (error) {
    return tell(error, io, json);
  }
}

async function dispatch(args: readonly string[], io: CliIo): Promise<ExitCode> {
  // The scripts of `wsurge completion` call this at every press of the tab key.
  if (args[0] === COMPLETE) return say(io, (await import('./completion.js')).completions(args.slice(1)).join('\n'));
  const at = args.findIndex((arg) => !arg.startsWith('-'));
  const [name, words] = [args[at], args.filter((_, i) => i !== at)];
  const spec = commandNamed(name);
  if (asksFor(args, '--version', '-v') && (spec === null || at > 0)) return say(io, toolVersion());
  if (name === 'help') return say(io, await helpOf(words[0]));
  if (args.length === 0 || asksFor(args, '--help', '-h')) return say(io, await helpOf(name));
  if (spec === null) throw unknownCommand([name ?? args[0]!]);
  const argv = splitArguments(words, spec);
  for (const warning of warningsBefore(spec, argv, io)) io.stderr.write(`wsurge: ${warning}\n`);
  return await RUN_COMMAND[spec.name]!(argv, io);
}

const COMPLETE = '__complete';

/** A switch given before any `--`. */
function asksFor(args: readonly string[], ...names: readonly string[]): boolean {
  const end = args.indexOf('--');
  return (end < 0 ? args : args.slice(0, end)).some((arg) => names.includes(arg));
}

/** The text of `--help`, of one command where one is named. */
async function helpOf(name: string | undefined): Promise<string> {
  const spec = commandNamed(name);
  if (spec !== null) return commandHelp(spec, await moreHelp(spec.name));
  if (name !== undefined) throw unknownCommand([name]);
  return generalHelp();
}

function unknownCommand([word = '']: readonly string[]): WsurgeError {
  const names = COMMANDS.map(({ name }) => name);
  const near = nearest(word, names);
  const all = `${names.map((name) => `wsurge ${name}`).join(', ')}, or wsurge --help`;
  const isFlag = word.startsWith('-');
  const message = isFlag
    ? `no command is named before ${JSON.stringify(word)}`
    : `there is no command ${JSON.stringify(word)}`;
  const next = near === null || isFlag ? all : `did you mean "${near}"? wsurge ${near} --help, or wsurge --help`;
  return new WsurgeError(EXIT.usage, 'unknown_command', message, { next });
}

function say(io: CliIo, text: string): ExitCode {
  io.stdout.write(`${text}\n`);
  return EXIT.passed;
}

/** Prints an error with all its problems, places and hints; with --json also as JSON on stdout. */
function tell(error: unknown, io: CliIo, json: boolean): ExitCode {
  if (!(error instanceof WsurgeError)) {
    const stack = error instanceof Error ? error.stack : messageOf(error);
    io.stderr.write(`wsurge: internal error; please report it with this text\n${printable(String(stack))}\n`);
    if (json) io.stdout.write(`${JSON.stringify({ error: { code: 'internal', message: messageOf(error) } })}\n`);
    return EXIT.internal;
  }
  const { code, message, next, problems, exitCode } = error;
  io.stderr.write(`wsurge: ${printable(message)}\n`);
  for (const problem of problems) io.stderr.write(`  ${printable(problemText(problem))}\n`);
  if (next !== null) io.stderr.write(`  try: ${printable(next)}\n`);
  if (json) io.stdout.write(`${JSON.stringify({ error: { code, exitCode, message, next, problems } }, null, 2)}\n`);
  return exitCode;
}

/** A message made safe to print: it may quote servers, files and users. Its line ends stay. */
function printable(text: string): string {
  const lines = text.split('\n').map((line) => sanitize(line, MOST_LINE));
  return lines.join('\n');
}

/** Characters of a line of a message. */
const MOST_LINE = 4000;

function problemText({ where, line, column, message, hint }: Problem): string {
  const place = line === undefined ? where : `${where}:${line}:${column ?? 1}`;
  return `${place}: ${sanitize(message, MOST_LINE)}${hint === undefined ? '' : `\n    ${hint}`}`;
}
