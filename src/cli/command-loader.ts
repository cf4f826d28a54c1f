/**
 * Runs each command and loads its code on demand. The code that reads the command line comes first, so that a slip is
 * reported before the code that measures is loaded.
 */
import { withScripts, withScriptsOfBuilds, withScriptsOfLoad } from '../app/scripts.js';
import { textReader } from '../app/surroundings.js';
import type { ExitCode } from '../errors.js';
import { sanitize } from '../text/sanitize.js';
import type { CliIo } from './io.js';

type Argv = Readonly<Record<string, unknown>>;
type Command = (argv: Argv, io: CliIo) => Promise<ExitCode>;

/** `argv`: as `splitArguments` gives it. Throws a WsurgeError where the command is refused. */
export const RUN_COMMAND: Readonly<Record<string, Command>> = {
  run: async (argv, io) => {
    const { toProfile } = await import('./options/run-options.js');
    const request = await withScripts(await toProfile(argv, io.env, textReader(io)), io);
    await watchDisk(io);
    const { runCommand } = await import('./run.js');
    return await runCommand(request, io);
  },
  check: async (argv, io) => {
    const { toCheck } = await import('./options/check-options.js');
    const request = await withScriptsOfLoad(await toCheck(argv, io.env, textReader(io)), io);
    await watchDisk(io);
    const { checkCommand } = await import('./check.js');
    return await checkCommand(request, io);
  },
  ab: async (argv, io) => {
    const { toAbRequest } = await import('./options/ab-options.js');
    const request = await withScriptsOfBuilds(await toAbRequest(argv, io, textReader(io)), io);
    await watchDisk(io);
    const { abCommand } = await import('./ab.js');
    return await abCommand(request, io);
  },
  compare: async (argv, io) => {
    const { compareRequest } = await import('./options/compare-options.js');
    const request = compareRequest(argv, io.env);
    await watchDisk(io);
    const { compareCommand } = await import('./compare.js');
    return await compareCommand(request, io);
  },
  history: async (argv, io) => {
    const { historyRequest } = await import('./options/history-options.js');
    const request = historyRequest(argv, io.env);
    await watchDisk(io);
    const { historyCommand } = await import('./history.js');
    return await historyCommand(request, io);
  },
  report: async (argv, io) => {
    const { reportRequest } = await import('./options/report-options.js');
    const request = reportRequest(argv, io.env);
    await watchDisk(io);
    const { reportCommand } = await import('./report.js');
    return await reportCommand(request, io);
  },
  capacity: async (argv, io) => {
    const { toCapacity } = await import('./options/capacity-options.js');
    const request = await withScripts(await toCapacity(argv, io.env, textReader(io)), io);
    await watchDisk(io);
    const { capacityCommand } = await import('./capacity.js');
    return await capacityCommand(request, io);
  },
  calibrate: async (argv, io) => {
    const { calibrateRequest } = await import('./options/machine-options.js');
    const request = calibrateRequest(argv, io.env);
    await watchDisk(io);
    const { calibrateCommand } = await import('./calibrate.js');
    return await calibrateCommand(request, io);
  },
  doctor: async (argv, io) => {
    const { doctorRequest } = await import('./options/machine-options.js');
    const request = doctorRequest(argv, io.env);
    const { doctorCommand } = await import('./doctor.js');
    return await doctorCommand(request, io);
  },
  serve: async (argv, io) => {
    const { serveRequest } = await import('./options/serve-options.js');
    const request = await serveRequest(argv, io.env);
    const { serveCommand } = await import('./serve.js');
    return await serveCommand(request, io);
  },
  agent: async (argv, io) => {
    const { agentTask } = await import('./options/agent-options.js');
    const task = agentTask(argv, io.env);
    const { agentCommand } = await import('./agent.js');
    return await agentCommand(task, io);
  },
  agents: async (argv, io) => {
    const { agentsRequest } = await import('./options/agent-options.js');
    const request = agentsRequest(argv, io.env);
    const { agentsCommand } = await import('./agents.js');
    return await agentsCommand(request, io);
  },
  profiles: async (argv, io) => (await import('./profiles.js')).profilesCommand(argv, io),
  init: async (argv, io) => (await import('./init.js')).initCommand(argv, io),
  schema: async (argv, io) => (await import('./schema.js')).schemaCommand(argv, io),
  completion: async (argv, io) => (await import('./completion.js')).completionCommand(argv, io),
};

const MOST_TEXT = 1000;

/** Before a command that writes files: where the file system cannot make them last, that is told. */
async function watchDisk({ stderr }: CliIo): Promise<void> {
  const { DISK } = await import('../store/durability.js');
  DISK.onUnable = (text) => stderr.write(`wsurge: ${sanitize(text, MOST_TEXT)}\n`);
}

/** Text of a command's help that is not in its flag table. */
export async function moreHelp(command: string): Promise<string> {
  return command === 'serve' ? (await import('./serve-help.js')).faultsHelp() : '';
}
