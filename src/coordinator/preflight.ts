import { EXIT, WsurgeError } from '../errors.js';
import type { Limits } from '../machine/limits.js';
import { filesFor, portsOf, raiseFiles, WIDEST_PORTS } from '../machine/needs.js';
import { type Cell, peakConnections, peakRate } from '../plan/cell.js';
import { MODELS } from '../plan/models.js';
import { formatCount } from '../units.js';
import { isPublicAddress } from './resolve-target.js';

/** Connections that a public target gets without `--allow-target`. */
const FREE_CONNECTIONS = 100;
const FREE_MESSAGES_PER_SECOND = 1000;
/** What the plan needs from this machine and from the target. */
export interface LoadFacts {
  readonly peakConnections: number;
  /** Infinity if replies set the pace. */
  readonly peakMessagesPerSecond: number;
  readonly workers: number;
  /** As in the URL, without brackets; a path for unix sockets. */
  readonly host: string;
  /** The IP addresses of the host; empty for unix sockets. */
  readonly addresses: readonly string[];
  /** True if connections go through a proxy: to one address, however many the target has. */
  readonly proxied?: boolean;
  /** Local addresses to connect from. Empty: the system uses one. */
  readonly localAddresses: readonly string[];
  /** True if the target's address is unknown here, so that it may belong to anybody. */
  readonly unknown?: boolean;
  /** From `--allow-target`. */
  readonly allowedTargets: readonly string[];
}

type ConsentFacts = Pick<
  LoadFacts,
  'peakConnections' | 'peakMessagesPerSecond' | 'host' | 'addresses' | 'unknown' | 'allowedTargets'
>;

export interface PreflightProblem {
  readonly code: 'too_few_files' | 'too_few_ports' | 'target_not_allowed';
  /** Names the limit and how much the run needs. */
  readonly message: string;
  readonly fix: string;
}

/** How many connections this machine allows, and what to change for more. Null if there is no limit. */
export function mostConnections(
  { openFiles, openFilesHard, ephemeralPorts }: Limits,
  { workers, localAddresses }: Pick<LoadFacts, 'workers' | 'localAddresses'>,
): { readonly connections: number; readonly why: string; readonly fix: string } | null {
  const addresses = Math.max(1, localAddresses.length);
  const byFiles = openFiles === null ? Number.POSITIVE_INFINITY : openFiles - filesFor({ connections: 0, workers });
  const byPorts = ephemeralPorts === null ? Number.POSITIVE_INFINITY : portsOf(ephemeralPorts) * addresses;
  const connections = Math.max(0, Math.min(byFiles, byPorts));
  if (!Number.isFinite(connections)) return null;
  if (byFiles <= byPorts) {
    const why = `this machine grants ${formatCount(openFiles!)} open files`;
    return { connections, why, fix: `add open files: ${raiseFiles(2 * openFiles!, openFilesHard)}` };
  }
  const why = `this machine grants ${formatCount(byPorts)} local ports`;
  return { connections, why, fix: `add local addresses (localAddresses), or ports: ${WIDEST_PORTS}` };
}

/** The highest values that any cell needs. */
export function peaksOf(cells: readonly Cell[]): Pick<LoadFacts, 'peakConnections' | 'peakMessagesPerSecond'> {
  return {
    peakConnections: Math.max(0, ...cells.map(peakConnections)),
    peakMessagesPerSecond: Math.max(0, ...cells.map(messagesPerSecondAtMost)),
  };
}

function messagesPerSecondAtMost(cell: Cell): number {
  if (MODELS[cell.model].pacedBy === 'replies') return (peakConnections(cell) * cell.inFlight * 1000) / cell.thinkMs;
  return peakRate(cell) ?? 0;
}

/** All problems that prevent the run, found before any load; empty if there are none. */
export function preflight(facts: LoadFacts, limits: Limits): PreflightProblem[] {
  return [judgeFiles(facts, limits), judgePorts(facts, limits), judgeConsent(facts)].filter(
    (problem) => problem !== null,
  );
}

/** Refuses the run (104) and lists all problems. */
export function refuseIfAny(problems: readonly PreflightProblem[]): void {
  const [first] = problems;
  if (first === undefined) return;
  const all = problems.map(({ code, message, fix }) => ({ where: code, message, hint: fix }));
  if (problems.length === 1) throw new WsurgeError(EXIT.usage, first.code, first.message, { next: first.fix });
  throw new WsurgeError(EXIT.usage, first.code, `${problems.length} problems prevent this run`, {
    problems: all,
  });
}

function judgeFiles(facts: LoadFacts, limits: Limits): PreflightProblem | null {
  const { openFiles, openFilesHard } = limits;
  const need = filesFor({ connections: facts.peakConnections, workers: facts.workers });
  if (openFiles === null || openFiles >= need) return null;
  const most = Math.max(0, openFiles - need + facts.peakConnections);
  return {
    code: 'too_few_files',
    message:
      `${formatCount(facts.peakConnections)} connections need ${formatCount(need)} open files, ` +
      `the limit is ${formatCount(openFiles)}`,
    fix: `${raiseFiles(need, openFilesHard)}, or at most ${formatCount(most)} connections`,
  };
}

function judgePorts(facts: LoadFacts, limits: Limits): PreflightProblem | null {
  const range = limits.ephemeralPorts;
  if (range === null || facts.addresses.length === 0) return null;
  const local = Math.max(1, facts.localAddresses.length);
  const remote = facts.proxied === true ? 1 : facts.addresses.length;
  const pairs = leastCommonMultiple(local, remote);
  const ports = portsOf(range) * pairs;
  if (facts.peakConnections <= ports) return null;
  const from =
    pairs === 1 ? '' : ` on each of ${formatCount(pairs)} ${remote === 1 ? 'local addresses' : 'pairs of addresses'}`;
  return {
    code: 'too_few_ports',
    message:
      `${formatCount(facts.peakConnections)} connections to ${remote === 1 ? 'one address' : `${remote} addresses`} need as many local ports, ` +
      `${range.from}-${range.to}${from} holds ${formatCount(ports)}`,
    fix: `${WIDEST_PORTS}, more localAddresses, or at most ${formatCount(ports)} connections`,
  };
}

/** Connection c goes from local address c mod L to address c mod A. This is the number of different pairs. */
function leastCommonMultiple(a: number, b: number): number {
  let [divisor, rest] = [a, b];
  while (rest > 0) [divisor, rest] = [rest, divisor % rest];
  return (a / divisor) * b;
}

/** Null if the load may be sent to these addresses: they are no public ones, or allowed, or the load is small. */
export function judgeConsent(facts: ConsentFacts): PreflightProblem | null {
  const address = facts.addresses.find(isPublicAddress) ?? (facts.unknown === true ? facts.host : undefined);
  if (address === undefined) return null;
  const host = facts.host.toLowerCase();
  if (facts.allowedTargets.some((allowed) => allowed.toLowerCase() === host)) return null;
  const isFree = facts.peakConnections <= FREE_CONNECTIONS && facts.peakMessagesPerSecond <= FREE_MESSAGES_PER_SECOND;
  if (isFree) return null;
  const rate = Number.isFinite(facts.peakMessagesPerSecond)
    ? `${formatCount(facts.peakMessagesPerSecond)} msg/s`
    : 'as many messages as it answers';
  return {
    code: 'target_not_allowed',
    message:
      `${facts.host === address ? facts.host : `${facts.host} (${address})`} ${facts.unknown === true ? 'may be' : 'is'} a public address and would get ${formatCount(facts.peakConnections)} ${facts.peakConnections === 1 ? 'connection' : 'connections'} and ${rate}; ` +
      `more than ${FREE_CONNECTIONS} connections or ${formatCount(FREE_MESSAGES_PER_SECOND)} msg/s need its owner's consent`,
    fix: `if it is yours to load: --allow-target ${facts.host}`,
  };
}
