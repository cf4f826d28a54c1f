import yargs from 'yargs';
import { toolVersion } from '../coordinator/environment.js';
import { EXIT, type ExitCode, messageOf, type Problem, WsurgeError } from '../errors.js';
import { abCommand } from './ab.js';
import { AB_COMMAND, abOptions } from './ab-options.js';
import { CALIBRATE_COMMAND, calibrateCommand, calibrateOptions } from './calibrate.js';
import { capacityCommand } from './capacity.js';
import { CAPACITY_COMMAND, capacityOptions } from './capacity-options.js';
import { checkCommand } from './check.js';
import { CHECK_COMMAND, checkOptions } from './check-options.js';
import { compareCommand } from './compare.js';
import { COMPARE_COMMAND, compareOptions } from './compare-options.js';
import { DOCTOR_COMMAND, doctorCommand, doctorOptions } from './doctor.js';
import { EXAMPLES, EXIT_CODES } from './help.js';
import { HISTORY_COMMAND, historyCommand, historyOptions } from './history.js';
import type { CliIo } from './io.js';
import { REPORT_COMMAND, reportCommand, reportOptions } from './report.js';
import { runCommand } from './run.js';
import { RUN_COMMAND, runOptions } from './run-options.js';
import { SERVE_COMMAND, serveCommand, serveOptions } from './serve.js';

type Argv = Readonly<Record<string, unknown>>;

interface Command {
  /** Name and positional arguments, as yargs writes them. */
  readonly usage: string;
  readonly describe: string;
  readonly options: (parser: Parser) => Parser;
  readonly run: (argv: Argv, io: CliIo) => Promise<ExitCode>;
}

type Parser = ReturnType<typeof yargs>;

const COMMANDS: readonly Command[] = [
  {
    usage: RUN_COMMAND,
    describe: 'Run a profile, or a load given by flags, against a server',
    options: runOptions,
    run: runCommand,
  },
  {
    usage: CHECK_COMMAND,
    describe: 'Check what a server does: eight scenarios, and security',
    options: checkOptions,
    run: checkCommand,
  },
  {
    usage: AB_COMMAND,
    describe: 'Compare two builds in turns, a fresh server each time',
    options: abOptions,
    run: abCommand,
  },
  {
    usage: COMPARE_COMMAND,
    describe: 'Compare saved runs: is B worse than A?',
    options: compareOptions,
    run: compareCommand,
  },
  {
    usage: HISTORY_COMMAND,
    describe: 'Keep runs of many nights in one file, and see what moved',
    options: historyOptions,
    run: historyCommand,
  },
  {
    usage: REPORT_COMMAND,
    describe: 'Make the reports of a saved run anew, in any format',
    options: reportOptions,
    run: reportCommand,
  },
  {
    usage: CAPACITY_COMMAND,
    describe: 'Search for how much a server takes',
    options: capacityOptions,
    run: capacityCommand,
  },
  {
    usage: CALIBRATE_COMMAND,
    describe: 'Find out what this machine can measure, and keep it',
    options: calibrateOptions,
    run: calibrateCommand,
  },
  {
    usage: DOCTOR_COMMAND,
    describe: 'What this machine grants, and what to raise',
    options: doctorOptions,
    run: doctorCommand,
  },
  { usage: SERVE_COMMAND, describe: 'Run the reference server', options: serveOptions, run: serveCommand },
];

const NAMES = COMMANDS.map(({ usage }) => usage.split(' ', 1)[0]!);

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
  let chosen: { readonly command: (argv: Argv, io: CliIo) => Promise<ExitCode>; readonly argv: Argv } | null = null;
  const choose = (command: (argv: Argv, io: CliIo) => Promise<ExitCode>) => (argv: Argv) => {
    chosen = { command, argv };
  };
  const parser = yargs()
    .scriptName('wsurge')
    .usage('Usage: wsurge <command> [options]')
    .help(false)
    .version(false)
    .option('help', { alias: 'h', type: 'boolean', describe: 'Show this help' })
    .option('version', { type: 'boolean', describe: 'Show the version' })
    .wrap(80)
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new WsurgeError(EXIT.usage, 'usage', message, { next: 'wsurge --help' });
    });
  for (const { usage, describe, options, run } of COMMANDS) parser.command(usage, describe, options, choose(run));
  if (asksFor(args, '--version')) return say(io, toolVersion());
  if (args.length === 0 || asksFor(args, '--help', '-h')) {
    const command = args.find((arg) => NAMES.includes(arg));
    return say(io, await helpOf(parser, command));
  }
  await parser.parseAsync([...args]);
  if (chosen === null) {
    throw new WsurgeError(EXIT.usage, 'unknown_command', `there is no command ${JSON.stringify(args[0])}`, {
      next: `${NAMES.map((name) => `wsurge ${name}`).join(', ')}, or wsurge --help`,
    });
  }
  const { command, argv } = chosen as { command: (argv: Argv, io: CliIo) => Promise<ExitCode>; argv: Argv };
  return command(argv, io);
}

/** A switch given before any `--`. */
function asksFor(args: readonly string[], ...names: readonly string[]): boolean {
  const end = args.indexOf('--');
  return (end < 0 ? args : args.slice(0, end)).some((arg) => names.includes(arg));
}

/** The text of `--help`, of one command where one is named. */
async function helpOf(parser: Parser, command: string | undefined): Promise<string> {
  if (command === undefined) return `${EXAMPLES}\n\n${await parser.getHelp()}\n\n${EXIT_CODES}`;
  let text = '';
  await parser.help(true).parseAsync([command, '--help'], {}, (_error: unknown, _argv: unknown, output: string) => {
    text = output;
  });
  return text;
}

function say(io: CliIo, text: string): ExitCode {
  io.stdout.write(`${text}\n`);
  return EXIT.passed;
}

/** Tells an error in full: every problem, each with where it is and what to do; as JSON on stdout where JSON was asked for. */
function tell(error: unknown, io: CliIo, json: boolean): ExitCode {
  if (!(error instanceof WsurgeError)) {
    const stack = error instanceof Error ? error.stack : messageOf(error);
    io.stderr.write(`wsurge: internal error; please report it with this text\n${stack}\n`);
    if (json) io.stdout.write(`${JSON.stringify({ error: { code: 'internal', message: messageOf(error) } })}\n`);
    return EXIT.internal;
  }
  const { code, message, next, problems, exitCode } = error;
  io.stderr.write(`wsurge: ${message}\n`);
  for (const problem of problems) io.stderr.write(`  ${problemText(problem)}\n`);
  if (next !== null) io.stderr.write(`  try: ${next}\n`);
  if (json) io.stdout.write(`${JSON.stringify({ error: { code, exitCode, message, next, problems } }, null, 2)}\n`);
  return exitCode;
}

function problemText({ where, line, column, message, hint }: Problem): string {
  const place = line === undefined ? where : `${where}:${line}:${column ?? 1}`;
  return `${place}: ${message}${hint === undefined ? '' : `\n    ${hint}`}`;
}
