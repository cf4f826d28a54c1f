import { type AgentTask, runAgent } from '../app/agent.js';
import { EXIT, type ExitCode } from '../errors.js';
import type { CliIo } from './io.js';

/** Works for the runs of others until it is told to end. */
export async function agentCommand(task: AgentTask, io: CliIo): Promise<ExitCode> {
  await runAgent(task, io, {
    say: (line) => io.stdout.write(`${line}\n`),
    warn: (line) => io.stderr.write(`wsurge: ${line}\n`),
  });
  return EXIT.passed;
}
