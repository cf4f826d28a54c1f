import os from 'node:os';
import picocolors from 'picocolors';
import type { Argv } from 'yargs';
import { type Check, checkup } from '../coordinator/checkup.js';
import { readMachine } from '../coordinator/machine.js';
import { EXIT, type ExitCode, type Problem, WsurgeError } from '../errors.js';
import { jsonText } from '../report/json.js';
import { hanging } from '../report/terminal-table.js';
import { pad } from '../report/width.js';
import { loadUws } from '../server/load-uws.js';
import { formatCount, parseCount } from '../units.js';
import { type CliIo, wantsColor } from './io.js';

export const DOCTOR_COMMAND = 'doctor';

const DEFAULT_CONNECTIONS = 10_000;
const MOST_CONNECTIONS = 1_000_000;
const WIDEST = 120;

export function doctorOptions<T>(yargs: Argv<T>): Argv<T> {
  yargs.strict(false);
  yargs.option('connections', { alias: 'c', type: 'string', describe: 'The load asked about [10000]' });
  yargs.option('json', { type: 'boolean', describe: 'One JSON document on stdout' });
  yargs.option('quiet', { alias: 'q', type: 'boolean', describe: 'Only what is not enough' });
  yargs.epilogue(
    'Examples:\n  wsurge doctor                  can this machine hold 10,000 connections?\n  wsurge doctor -c 50k --json    the same of 50,000, for scripts\n\nExit code 99 where something is not enough, else 0.',
  );
  return yargs;
}

/** `wsurge doctor`: what this machine grants, what it means for a load, and the line that mends what is not enough. */
export async function doctorCommand(argv: Readonly<Record<string, unknown>>, io: CliIo): Promise<ExitCode> {
  const connections = connectionsOf(argv);
  const cores = os.availableParallelism();
  const checks = [...checkup(readMachine(), { connections, workers: Math.max(1, cores - 1) }), await engineCheck()];
  const low = checks.filter(({ state }) => state === 'low');
  const enough = low.every(({ name }) => name === ENGINE);
  if (argv['json'] === true) io.stdout.write(jsonText({ connections, enough, checks }));
  else tell(argv['quiet'] === true ? low : checks, connections, enough, io);
  return enough ? EXIT.passed : EXIT.failed;
}

const ENGINE = 'server engine';

/** The reference server's; a slow one is slow, and no obstacle. */
async function engineCheck(): Promise<Check> {
  const uws = await loadUws();
  const means = 'the reference server takes about three times as many messages a second with uWebSockets.js as with ws';
  if (uws.status === 'absent') return { name: ENGINE, found: 'ws', state: 'low', means, fix: uws.installLine };
  return { name: ENGINE, found: 'uWebSockets.js', state: 'ok', means, fix: null };
}

const MARK = { ok: 'ok', low: 'LOW', unknown: '?' } as const;

function tell(checks: readonly Check[], connections: number, enough: boolean, io: CliIo): void {
  const colors = picocolors.createColors(wantsColor(io, io.stdout));
  const columns = Math.max(80, Math.min(io.stdout.columns, WIDEST));
  const tone = { ok: colors.green, low: colors.red, unknown: colors.yellow };
  const lines = checks.flatMap(({ name, found, state, means, fix }) => [
    `${tone[state](pad(MARK[state], 4))}${colors.bold(pad(name, 18))}${found}`,
    ...hanging('    ', means, columns, (head) => head).map(colors.dim),
    ...(fix === null ? [] : hanging('    fix: ', fix, columns, (head) => head)),
  ]);
  const load = `${formatCount(connections)} connections`;
  const end = enough ? `this machine can hold ${load}` : `this machine is not fit for ${load}: see LOW above`;
  io.stdout.write(`${[...lines, '', colors.bold(end)].join('\n')}\n`);
}

const KNOWN = new Set(['_', '$0', 'help', 'h', 'version', 'connections', 'c', 'json', 'quiet', 'q']);

function connectionsOf(argv: Readonly<Record<string, unknown>>): number {
  const problems: Problem[] = Object.keys(argv)
    .filter((name) => !KNOWN.has(name))
    .map((name) => ({ where: `--${name}`, message: 'is no option of doctor' }));
  const given = argv['connections'];
  const count = given === undefined ? DEFAULT_CONNECTIONS : parseCount(String(given));
  const isCount = count !== null && Number.isInteger(count) && count >= 1 && count <= MOST_CONNECTIONS;
  if (!isCount) {
    const hint = `a count from 1 to ${formatCount(MOST_CONNECTIONS)}: 1000, 5k`;
    problems.push({ where: '--connections', message: `${JSON.stringify(String(given))} is none`, hint });
  }
  if (problems.length === 0) return count!;
  throw new WsurgeError(EXIT.usage, 'doctor_options', 'doctor does not know what is asked', {
    problems,
    next: 'wsurge doctor --help',
  });
}
