import picocolors from 'picocolors';
import { EXIT, type ExitCode } from '../errors.js';
import { type Check, checkup } from '../machine/checkup.js';
import { grantedCores } from '../machine/cores.js';
import { readMachine } from '../machine/machine.js';
import { jsonText } from '../report/run/json.js';
import { hanging } from '../report/shared/terminal-table.js';
import { loadUws } from '../server/load-uws.js';
import { pad } from '../text/width.js';
import { formatCount } from '../units.js';
import { type CliIo, wantsColor } from './io.js';
import type { DoctorRequest } from './options/machine-options.js';

const WIDEST = 120;

/** `wsurge doctor`: what this machine grants, whether that is enough for a load, and the command that raises it. */
export async function doctorCommand(request: DoctorRequest, io: CliIo): Promise<ExitCode> {
  const { connections, json, quiet } = request;
  const machine = readMachine();
  const cores = grantedCores(machine.cores, machine.quotaCores);
  const checks = [...checkup(machine, { connections, workers: Math.max(1, cores - 1) }), await engineCheck()];
  const low = checks.filter(({ state }) => state === 'low');
  const enough = low.every(({ name }) => name === ENGINE);
  if (json) io.stdout.write(jsonText({ connections, enough, checks }));
  else tell(quiet ? low : checks, connections, enough, io);
  return enough ? EXIT.passed : EXIT.failed;
}

const ENGINE = 'server engine';

/** The engine of the reference server. A slow engine never makes the exit code 99. */
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
