import { EXIT, usageError, WsurgeError } from '../errors.js';
import { type Cell, hasSession } from '../plan/cell.js';
import { formatMs } from '../units.js';
import { connectError, sessionError, wrongError } from './canary-errors.js';
import { type Flight, type Flown, fly } from './canary-flight.js';
import { canaryCount } from './canary-messages.js';
import type { CanaryOptions } from './canary-options.js';
import { flyApart } from './canary-thread.js';

export { CanaryRefused } from './canary-errors.js';

/** The result of the canary, microseconds. */
export interface CanaryReport {
  readonly tcpUs: number;
  readonly tlsUs: number | null;
  readonly upgradeUs: number;
  /** From the upgrade until the session was ready, the slowest of them; null if no load has a session. */
  readonly sessionUs: number | null;
  /** The slowest reply; null if none is expected. */
  readonly replyUs: number | null;
  /** The named requests of all loads; null if they have none. */
  readonly requests: {
    readonly sent: number;
    /** Of those that have a reply; null if replies are not matched. */
    readonly answered: number | null;
    /** How many of those that were sent have no reply. */
    readonly silent: number;
  } | null;
  readonly subprotocol: string;
}

/** The canary of one machine. `agent`: its name; null for the machine that runs the command. */
export interface MachineCanary {
  readonly agent: string | null;
  readonly report: CanaryReport;
}

/** The cells that need a test connection: the first, and the first of each further kind of session and requests. */
export function canaryCells(cells: readonly Cell[]): readonly Cell[] {
  const seen = new Set<string>();
  return cells.filter(({ wire = null }) => {
    const kind = JSON.stringify(wire);
    if (seen.has(kind)) return false;
    seen.add(kind);
    return true;
  });
}

/**
 * Makes a test connection for each cell before any load: the session, then each request once, or the one message.
 * Throws 103 if a connection or its session is refused, naming phase or step and reason; 104 if an answer is not as the
 * profile expects, with what came instead; 105 if it was stopped. All name the likeliest fix; where the cell has a
 * session or requests, the transcript of the connection follows.
 */
export async function runCanary(options: CanaryOptions): Promise<CanaryReport> {
  const reports: CanaryReport[] = [];
  let left = options.cells.reduce((sum, cell) => sum + canaryCount(cell), 0);
  for (const cell of options.cells) {
    reports.push(await flownFor(options, cell, left));
    left -= canaryCount(cell);
  }
  return reports.reduce(together);
}

async function flownFor(options: CanaryOptions, cell: Cell, left: number): Promise<CanaryReport> {
  const { endpoint, env, signal } = options;
  const data = options.data.slice(-1);
  const asked = { cell, endpoint, env, data, left, signal };
  const hasScript = (cell.wire?.script ?? null) !== null;
  return reportOf(options, cell, await (hasScript ? flyApart({ ...options, ...asked }) : fly(asked)));
}

function reportOf(options: CanaryOptions, cell: Cell, { flown, record }: Flight): CanaryReport {
  if (flown.status === 'stopped') throw interruptedError();
  if (flown.status === 'impossible' || record === null) throw impossibleError(options, flown);
  const tried = { options, cell, record };
  if (flown.status === 'failed') {
    const { failure } = flown;
    throw failure.phase === 'session' ? sessionError(tried, failure) : connectError(tried, failure);
  }
  if (flown.status === 'wrong') throw wrongError(tried, flown.message, flown.wrong);
  const { startUs, tcpUs, tlsUs, openUs, upgradedUs } = record.times;
  const upgraded = upgradedUs ?? openUs ?? startUs;
  const { sent, replyUs } = flown;
  const isNamed = sent > 0 && (cell.wire?.requests.length ?? 0) > 0;
  // Each message that has a reply was answered, or the test connection has failed.
  const answered = cell.reply.match === 'none' ? null : replyUs.length;
  const silent = sent - replyUs.length;
  return {
    tcpUs: (tcpUs ?? startUs) - startUs,
    tlsUs: tlsUs === null ? null : tlsUs - (tcpUs ?? startUs),
    upgradeUs: upgraded - (tlsUs ?? tcpUs ?? startUs),
    sessionUs: hasSession(cell) ? (openUs ?? upgraded) - upgraded : null,
    replyUs: replyUs.length === 0 ? null : Math.max(...replyUs),
    requests: isNamed ? { sent, answered, silent } : null,
    subprotocol: record.subprotocol,
  };
}

/** Two test connections as one: the connect of the first, the slowest session and reply, all requests. */
function together(first: CanaryReport, other: CanaryReport): CanaryReport {
  return {
    ...first,
    sessionUs: most(first.sessionUs, other.sessionUs),
    replyUs: most(first.replyUs, other.replyUs),
    requests: bothRequests(first.requests, other.requests),
  };
}

function most(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.max(one, other);
}

function bothRequests(one: CanaryReport['requests'], other: CanaryReport['requests']): CanaryReport['requests'] {
  if (one === null || other === null) return one ?? other;
  const answered = one.answered === null ? other.answered : one.answered + (other.answered ?? 0);
  return { sent: one.sent + other.sent, answered, silent: one.silent + other.silent };
}

/**
 * Values that no handshake can hold: a broken certificate, a wrong server name.
 */
function impossibleError({ shownUrl, printable }: CanaryOptions, flown: Flown): WsurgeError {
  const why = flown.status === 'impossible' ? flown.message : '';
  return usageError(
    'no_handshake',
    `no connection to ${shownUrl} can be tried: ${printable(why, 200)}`,
    'correct the URL, headers, sub-protocols or TLS files of the target',
  );
}

/** The run was stopped before the canary received its reply, so nothing was measured. */
function interruptedError(): WsurgeError {
  return new WsurgeError(EXIT.interrupted, 'interrupted', 'stopped during the test connection, before any load');
}

/** The canary's one line: phases, session, replies, sub-protocol, engine. */
export function canaryLine(report: CanaryReport, where: string, engine: string | null): string {
  const { tcpUs, tlsUs, upgradeUs, sessionUs, subprotocol } = report;
  const phases = [
    `tcp ${formatMs(tcpUs)} ms`,
    ...(tlsUs === null ? [] : [`tls ${formatMs(tlsUs)} ms`]),
    `upgrade ${formatMs(upgradeUs)} ms`,
    ...(sessionUs === null ? [] : [`session ${formatMs(sessionUs)} ms`]),
    replyText(report),
  ];
  const chosen = subprotocol === '' ? 'no sub-protocol' : `sub-protocol ${subprotocol}`;
  return `${where}: ${phases.join(', ')}, ${chosen}${engine === null ? '' : `, engine ${engine}`}`;
}

function replyText({ replyUs, requests }: CanaryReport): string {
  const slowest = replyUs === null ? '' : `${formatMs(replyUs)} ms`;
  if (requests === null) return replyUs === null ? 'no reply asked for' : `reply ${slowest}`;
  const { sent, answered, silent } = requests;
  const what = (count: number) => (count === 1 ? 'request' : 'requests');
  if (answered === null) return `${sent} ${what(sent)} sent, no reply asked for`;
  const asked = sent - silent;
  const others = silent === 0 ? '' : `, ${silent} sent without a reply`;
  return `${answered} of ${asked} ${what(asked)} answered (${asked === 1 ? '' : 'the slowest in '}${slowest})${others}`;
}
