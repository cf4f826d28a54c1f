import { agentsOfFleet } from '../app/agents.js';
import { EXIT, type ExitCode } from '../errors.js';
import { starvedShare } from '../fleet/agent-choice.js';
import type { AgentInfo } from '../fleet/orders.js';
import { jsonText } from '../report/run/json.js';
import { paddedRow } from '../report/shared/terminal-table.js';
import { sanitize } from '../text/sanitize.js';
import { displayWidth } from '../text/width.js';
import { formatCount, formatPercent } from '../units.js';
import type { CliIo } from './io.js';
import type { AgentsRequest } from './options/agent-options.js';

/** `wsurge agents`: who is there, idle or busy with what. */
export async function agentsCommand({ nats, fleet, json }: AgentsRequest, io: CliIo): Promise<ExitCode> {
  const agents = await agentsOfFleet(nats, fleet, io);
  if (json) io.stdout.write(jsonText({ fleet, agents: agents.map(marked) }));
  else if (agents.length > 0) io.stdout.write(agentsTable(agents));
  else io.stdout.write(`no agent of the fleet ${fleet} answers\n  try: wsurge agent --nats URL, on each machine\n`);
  return EXIT.passed;
}

const HEADS = ['agent', 'state', 'workers', 'connections', 'msg/s', 'version', 'labels'];
const NUMBERS = new Set([2, 3, 4]);
/** Characters of a text of an agent. */
const MOST_TEXT = 100;

/** Something else needs the processor of a starved one. */
function marked(agent: AgentInfo) {
  return { ...agent, isStarved: starvedShare(agent) !== null };
}

/** Who is there, what each does and what it offers, one line each. */
export function agentsTable(agents: readonly AgentInfo[]): string {
  const rows = [HEADS, ...agents.map(rowOf)];
  const columns = HEADS.map((_, i) => ({
    width: Math.max(...rows.map((row) => displayWidth(row[i]!))),
    align: NUMBERS.has(i) ? ('right' as const) : ('left' as const),
  }));
  return rows.map((row) => `${paddedRow(columns, row, '  ').trimEnd()}\n`).join('');
}

function rowOf(agent: AgentInfo): string[] {
  const { id, offers, version, labels } = agent;
  const count = (value: number | null) => (value === null ? '-' : formatCount(value));
  return [
    id,
    stateText(agent),
    ...[count(offers.workers), count(offers.connections), count(offers.perSecond)],
    version,
    Object.entries(labels)
      .map(([name, value]) => `${name}=${value}`)
      .join(' '),
  ].map((text) => sanitize(text, MOST_TEXT));
}

/** `idle`, `idle, waits for a processor 12 % of the time`, `busy since 2026-11-24T10:15:30Z: smoke from box, run 1f`. */
function stateText(agent: AgentInfo): string {
  const { state } = agent;
  if (state.kind === 'busy') {
    const since = state.since === undefined ? '' : ` since ${state.since.replace(/\.\d+Z$/, 'Z')}`;
    return `busy${since}: ${state.by}, run ${state.run}`;
  }
  const share = starvedShare(agent);
  return share === null ? 'idle' : `idle, starved: waits for a processor ${formatPercent(share, 2)} of the time`;
}
