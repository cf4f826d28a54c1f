/** The state of the target in one cell. However badly it fails, that is a result and no fault of the measurement. */
import type { CellResult } from '../metrics/cell-result.js';
import { awaitedOf } from '../metrics/censored.js';
import { connectFailureFix, connectFailureWords } from '../metrics/connect-failures.js';
import type { CounterName } from '../metrics/counters.js';
import { flowOf } from '../metrics/flow.js';
import type { ErrorCount } from '../metrics/interval.js';
import { ownEndOf } from '../metrics/own-ends.js';
import { CLIENT_CONNECT_ERRORS } from '../metrics/worker-ledger.js';
import { PROTOCOLS } from '../profile/protocols.js';
import { formatCount } from '../units.js';
import { percent } from './cell-facts.js';
import { deliveryReasons } from './delivery-reasons.js';
import { countOf, ownEndList, ownEnds } from './ended-by.js';
import { FREE_THE_SERVER } from './fixes.js';
import { idleCut, idleCutReason, keepAliveFix } from './idle-cut.js';
import { TARGET_LIMITS } from './limits.js';
import { awaitedPerSecond, backlogText } from './overload.js';
import type { CellReason, TargetStatus, Validity } from './verdict.js';
import { worstRequestText } from './worst-request.js';

export interface TargetJudgement {
  readonly status: TargetStatus;
  readonly reasons: readonly CellReason[];
}

/**
 * `down`, `overloaded`, `failing` or `ok`, and why. A growing backlog, timeouts, the in-flight cap and back-pressure may also be
 * the client's doing: they count against the target only if the client is not invalid, else their side is `unknown`.
 */
export function judgeTarget(cell: CellResult, validity: Validity): TargetJudgement {
  const down = downReason(cell);
  const connections = connectionReasons(cell);
  const side = validity === 'invalid' ? 'unknown' : 'target';
  const messages = [...backlogReasons(cell, side), ...messageReasons(cell, side)];
  const cpu = cpuReasons(cell);
  const isFull = cpu.length > 0 || messages.some(({ code }) => !REFUSALS.has(code));
  const deliveries = deliveryReasons(cell, side, isFull);
  const reasons = [...connections, ...messages, ...deliveries];
  return {
    status: down === null ? statusOf(reasons) : 'down',
    reasons: [...(down === null ? [] : [down]), ...reasons, ...cpu, ...starvedReasons(cell)],
  };
}

function statusOf(reasons: readonly CellReason[]): TargetStatus {
  const own = reasons.filter(({ side }) => side === 'target');
  if (own.length === 0) return 'ok';
  return own.every(({ code }) => code === 'target_undelivered') ? 'failing' : 'overloaded';
}

/** A target that says no, to a session or a message, does not say yes to fewer of them. */
export const REFUSALS: ReadonlySet<string> = new Set(['target_failed', 'target_blocked', 'target_session']);

/** Connects the target refused, failed or left hanging, and sessions that were never ready, by error code. */
export function failedConnects(cell: CellResult): readonly ErrorCount[] {
  return cell.errors.filter(
    ({ phase, code }) => (phase === 'connect' && !CLIENT_CONNECT_ERRORS.has(code)) || phase === 'session',
  );
}

/**
 * Open connections that the target ended: closed or broken off, without those that a restart in the plan cut. A
 * connection that is reported as both counts once.
 */
export function lostConnections(cell: CellResult): number {
  const closedByServer = cell.closeCodes.filter(({ by }) => by === 'server').reduce((sum, { count }) => sum + count, 0);
  const closed = closedByServer - droppedByRestarts(cell);
  const broken = countOf(brokenOff(cell));
  return Math.min(cell.connections.opened, Math.max(closed, broken));
}

/** Open connections that broke, by error code, without those that wsurge ended itself. */
function brokenOff(cell: CellResult): readonly ErrorCount[] {
  return cell.errors.filter(({ phase, code }) => phase === 'open' && ownEndOf(code) === null);
}

function droppedByRestarts({ events = [] }: CellResult): number {
  return events.reduce((sum, { kind, dropped }) => sum + (kind === 'restart' ? dropped : 0), 0);
}

/**
 * Connections that the target closed with 1000, as servers do when a session ends by design. If lost connections are
 * reconnected, 1001 and 1012 count too: servers use them to limit the life of a connection.
 */
function endedByDesign(cell: CellResult): number {
  const codes = cell.reconnect === undefined ? [1000] : [1000, 1001, 1012];
  const ended = cell.closeCodes.filter(({ by, clean, code }) => by === 'server' && clean && codes.includes(code));
  return Math.max(0, countOf(ended) - droppedByRestarts(cell));
}

/** Ends that are expected: by design, or after a fixed time without traffic. */
function excusedEnds(cell: CellResult): number {
  const cut = idleCut(cell);
  return Math.max(endedByDesign(cell), cut?.isSure ? cut.count : 0);
}

function sessionsEnded(cell: CellResult, ended: number): CellReason {
  const codes = codeList(cell.closeCodes.filter(({ by, clean }) => by === 'server' && clean));
  const message = `the target ended ${formatCount(ended)} sessions in the normal way: ${codes}`;
  const fix =
    cell.reconnect === undefined
      ? 'if its sessions end by design, have them opened again: --reconnect immediate, or end them by plan: --lifetime'
      : 'nothing, if its sessions end by design; else look at its log';
  return note(cell, 'sessions_ended', 'unknown', { message, fix, measure: ended });
}

/** Error or close codes with their counts, the most frequent first: `3 x HTTP_503, 1 x ECONNRESET`. */
export function codeList(codes: readonly { readonly code: string | number; readonly count: number }[]): string {
  const sorted = [...codes].sort((a, b) => b.count - a.count);
  const shown = sorted.slice(0, 3).map(({ code, count }) => `${formatCount(count)} x ${code}`);
  return sorted.length > 3 ? `${shown.join(', ')}, ...` : shown.join(', ');
}

/** Failed connects by cause: `4 x the certificate has expired (CERT_HAS_EXPIRED), 1 x HTTP_503 (the first: ...)`. */
export function failureList(refused: readonly ErrorCount[]): string {
  return codeList(
    refused.map(({ phase, code, count, said }) => {
      const words = phase === 'session' ? null : connectFailureWords(code);
      const place = phase === 'session' ? 'in the session: ' : '';
      const quoted = said === undefined ? `${place}${code}` : `${place}${code} (the first: ${said})`;
      return { code: words === null ? quoted : `${words} (${code})`, count };
    }),
  );
}

const SESSION_FIX = 'see what each step sends with --dry-run, and look at the log of the target for why it refused';

/** The fix for the most frequent cause, if the server named it; else null. */
function failureFix(refused: readonly ErrorCount[]): string | null {
  const [most] = [...refused].sort((a, b) => b.count - a.count);
  if (most === undefined) return null;
  if (most.phase === 'session') return SESSION_FIX;
  const isSaid = connectFailureWords(most.code) !== null || /^HTTP_(3..|401|403|404|429)$/.test(most.code);
  return isSaid ? connectFailureFix(most.code, null) : null;
}

/** The codes with which the target closed; where its protocol gives one a name, with that: `4403 (forbidden)`. */
function namedCloses({ closeCodes, protocol = 'none' }: CellResult): { code: string; count: number }[] {
  const names = PROTOCOLS[protocol].closes ?? {};
  const closed = closeCodes.filter(({ by }) => by === 'server');
  return closed.map(({ code, count }) => ({ code: code in names ? `${code} (${names[code]})` : `${code}`, count }));
}

/** Codes of connections lost while open: socket errors, else the close codes the target sent. */
export function lossCodes(cell: CellResult): string {
  const broken = brokenOff(cell);
  return codeList(broken.length > 0 ? broken : namedCloses(cell));
}

function downReason(cell: CellResult): CellReason | null {
  const { attempts, opened } = cell.connections;
  const refused = failedConnects(cell);
  const cut = idleCut(cell);
  const idle = cut === null ? '' : `; or, if idle connections are cut before it, ${keepAliveFix(cut.silenceUs)}`;
  const fix = `look at the log of the target: it stopped serving${idle}`;
  const problem = cell.events?.find((event) => event.problem !== null)?.problem ?? null;
  if (problem !== null) {
    const message = `it did not come back from the restart in the plan: ${problem}`;
    return note(cell, 'target_down', 'target', { message, fix, measure: opened });
  }
  if (opened === 0) {
    if (attempts === 0 || refused.length === 0) return null;
    const message = `none of ${formatCount(attempts)} connections opened: ${failureList(refused)}`;
    const up = 'check that the target is up and that the URL is right';
    return note(cell, 'target_down', 'target', { message, fix: failureFix(refused) ?? up, measure: attempts });
  }
  // The target is not down if connections open again, or if it ended the sessions with 1000.
  if (cell.reconnect !== undefined && refused.length === 0) return null;
  const lost = lostConnections(cell) - excusedEnds(cell);
  const openAtEnd = openAtMeasureEnd(cell);
  if (openAtEnd === 0 && lost > 0) {
    const message = `no connection was open at the end of the measure phase, ${formatCount(opened)} had been: ${lossCodes(cell)}`;
    return note(cell, 'target_down', 'target', { message, fix, measure: opened });
  }
  if (lost * 2 >= opened) {
    const message = `the target ended ${formatCount(lost)} of ${formatCount(opened)} connections: ${lossCodes(cell)}`;
    return note(cell, 'target_down', 'target', { message, fix, measure: lost });
  }
  return null;
}

/** Open connections in the last recorded second of the measure phase; null if there is none. */
function openAtMeasureEnd(cell: CellResult): number | null {
  let open: number | null = null;
  for (const second of cell.seconds) if (second.phase === 'measure' && second.open !== null) open = second.open;
  return open;
}

function connectionReasons(cell: CellResult): CellReason[] {
  const reasons: CellReason[] = [];
  const all = failedConnects(cell);
  const refused = all.filter(({ phase }) => phase === 'connect');
  const sessions = all.filter(({ phase }) => phase === 'session');
  if (refused.length > 0) {
    const failed = refused.reduce((sum, { count }) => sum + count, 0);
    const message = `${formatCount(failed)} of ${formatCount(cell.connections.attempts)} connections failed: ${failureList(refused)}`;
    const slower = 'raise the connection limit or backlog of the target, or lower --connect-rate';
    const fix = failureFix(refused) ?? slower;
    reasons.push(note(cell, 'target_connect', 'target', { message, fix, measure: failed }));
  }
  if (sessions.length > 0) {
    const failed = countOf(sessions);
    const message = `${formatCount(failed)} of ${formatCount(cell.connections.attempts)} sessions were never ready: ${failureList(sessions)}`;
    reasons.push(note(cell, 'target_session', 'target', { message, fix: SESSION_FIX, measure: failed }));
  }
  const cut = idleCut(cell);
  const ended = Math.min(lostConnections(cell), excusedEnds(cell));
  if (cut?.isSure) reasons.push(idleCutReason(cell, cut, lossCodes(cell)));
  else if (ended > 0) reasons.push(sessionsEnded(cell, ended));
  const lost = lostConnections(cell) - ended;
  if (lost > 0) {
    const message = `the target ended ${formatCount(lost)} open connections: ${lossCodes(cell)}`;
    const fix = 'look at the log of the target for why it closed them';
    reasons.push(note(cell, 'target_closed', 'target', { message, fix, measure: lost }));
  }
  const protocol = ownEnds(cell, 'protocol');
  if (protocol.length > 0) {
    const message = `wsurge ended ${formatCount(countOf(protocol))} of ${formatCount(cell.connections.opened)} connections because the target broke the WebSocket protocol: ${ownEndList(protocol)}`;
    const fix = 'mend what the target sends, or what stands before it';
    reasons.push(note(cell, 'target_protocol', 'target', { message, fix, measure: countOf(protocol) }));
  }
  const order = ownEnds(cell, 'order');
  if (order.length > 0) {
    const message = `wsurge ended ${formatCount(countOf(order))} connections itself: matching by order cannot go on after a reply that timed out`;
    const fix = 'raise reply.timeout, or let replies carry the number of their message: --match sequence';
    reasons.push(note(cell, 'order_lost', 'unknown', { message, fix, measure: countOf(order) }));
  }
  return reasons;
}

/** Reasons of a target that gets more messages than it answers. */
function backlogReasons(cell: CellResult, side: 'target' | 'unknown'): CellReason[] {
  const text = backlogText(cell);
  if (text === null) return [];
  const backlogPerSecond = cell.overload.backlog?.perSecond ?? 0;
  const share = Math.max(0, 1 - backlogPerSecond / awaitedPerSecond(cell));
  const keptUp = formatCount(Math.floor(cell.rate.plannedPerSecond * share));
  const fix = `lower the rate: it kept up with about ${keptUp}/s`;
  return [note(cell, 'target_backlog', side, { message: text, fix, measure: backlogPerSecond })];
}

function messageReasons(cell: CellResult, side: 'target' | 'unknown'): CellReason[] {
  const { messages } = flowOf(cell);
  const { planned, timedOut, dropped, backpressure, failed, blocked, unawaited } = messages;
  const found: readonly [code: string, count: number, what: string, fix: string, of?: CounterName][] = [
    [
      'target_failed',
      failed,
      'replies say no',
      'look at what the request sends (--dry-run) and at the log of the target; if no is right, drop expect or fails',
      'failed',
    ],
    [
      'target_blocked',
      blocked,
      'messages were never sent, because the value they need did not come in time',
      'look at why the reply that brings it failed or came late; or raise reply.timeout',
      'blocked',
    ],
    [
      'target_timeout',
      timedOut,
      'messages got no answer in time',
      'lower the rate to what the target answers, or raise reply.timeout',
    ],
    [
      'target_in_flight',
      dropped,
      'messages were dropped at the in-flight cap',
      'lower the rate, or raise maxInFlight if the target may owe that many',
    ],
    [
      'target_backpressure',
      backpressure,
      'messages found the socket still full',
      'lower the rate: the target does not read as fast as it is sent to',
    ],
  ];
  return found
    .filter(([, count]) => count > 0)
    .map(([code, count, what, fix, of]) => {
      const isOfReplies = unawaited > 0 && (code === 'target_failed' || code === 'target_timeout');
      const [all, which] = isOfReplies ? [awaitedOf(messages), 'those with a reply'] : [planned, 'the planned'];
      const share = all === 0 ? '' : ` (${percent(count / all)} of ${which})`;
      const worst = of === undefined ? '' : worstRequestText(cell, of);
      // A reply that says no is the target's word, however late it was asked or read.
      const blamed = code === 'target_failed' ? 'target' : side;
      return note(cell, code, blamed, {
        message: `${formatCount(count)} ${what}${share}${worst}`,
        fix,
        measure: count,
      });
    });
}

/** A note on a target of this machine that had to wait for a processor. It is no judgement. */
function starvedReasons(cell: CellResult): CellReason[] {
  const { server } = cell;
  const waited = server.status === 'measured' ? (server.waited ?? null) : null;
  if (waited === null || waited <= TARGET_LIMITS.target_starved.share) return [];
  const message = `the server waited for a processor ${percent(waited)} of the time: on a quieter machine it would be faster`;
  return [note(cell, 'target_starved', 'target', { message, fix: FREE_THE_SERVER, measure: waited })];
}

function cpuReasons(cell: CellResult): CellReason[] {
  const cpuPercent = targetLimitedBy(cell);
  if (cpuPercent === null) return [];
  const fix = 'give the target more processor, or read this load as its capacity';
  const message = `limited by: target CPU ${Math.round(cpuPercent)} %`;
  return [note(cell, 'target_cpu', 'target', { message, fix, measure: cpuPercent })];
}

/** CPU of the target in percent of one core, if the CPU limits the target; else null. */
export function targetLimitedBy(cell: CellResult): number | null {
  if (cell.server.status !== 'measured' || cell.server.cpuPercent === null) return null;
  return cell.server.cpuPercent > TARGET_LIMITS.target_cpu.percent ? cell.server.cpuPercent : null;
}

function note(
  cell: CellResult,
  code: string,
  side: 'target' | 'unknown',
  said: Pick<CellReason, 'message' | 'fix' | 'measure'>,
): CellReason {
  return { code, side, severity: 'note', cell: cell.id, ...said };
}
