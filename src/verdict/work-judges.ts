/** Could a worker do its work: alive, connected, sending as planned, with processor to spare? */
import type { AgentResult } from '../metrics/agent-result.js';
import type { CellResult, WorkerResult } from '../metrics/cell-result.js';
import { allCounters } from '../metrics/counters.js';
import { CLIENT_CONNECT_ERRORS } from '../metrics/worker-ledger.js';
import { MODELS } from '../plan/models.js';
import { formatCount } from '../units.js';
import { percent } from './cell-facts.js';
import { type Finding, severityOf, type WorkerJudge } from './findings.js';
import { connectFix, FREE_A_CORE, freeIt, moreWorkers } from './fixes.js';
import { LIMITS } from './limits.js';
import type { ReasonCode } from './reasons.js';
import { codeList } from './target-status.js';

function lostWorker({ status, error, agent }: WorkerResult, { client }: CellResult): Finding | null {
  const severity = severityOf(status === 'lost' ? 1 : 0, LIMITS.worker_lost);
  if (severity === null) return null;
  const ofAgent = client.agents?.find((each) => each.agent === agent);
  if (ofAgent !== undefined && ofAgent.status !== 'done') return agentLeft(ofAgent, severity, error);
  const message = `ended before its time${error === null ? '' : `: ${error}`}`;
  const fix = "see the error; report it if it is wsurge's, lower -c or add memory if the worker ran out of it";
  return { severity, measure: 1, excess: 0, message, fix };
}

/** A whole machine did not stay. Its error begins with its name where it is gone. */
function agentLeft({ agent, status }: AgentResult, severity: Finding['severity'], error: string | null): Finding {
  const named = `agent ${agent} `;
  const said = error ?? 'ended before its time';
  const message = said.startsWith(named) ? said.slice(named.length) : said;
  const fix =
    status === 'stopped'
      ? `let agent ${agent} run until the load is over: it was stopped from outside`
      : `look at the log of agent ${agent} and at its network; start it again, or leave it out: --exclude-agent ${agent}`;
  return { severity, measure: 1, excess: 0, message, fix };
}

function lateRate(worker: WorkerResult, cell: CellResult): Finding | null {
  const m = allCounters(worker.messages);
  if (m.planned === 0) return null;
  const unsent = m.planned - m.notConnected - m.dropped - m.backpressure - m.blocked - m.lostWithWorker - m.sent;
  const share = unsent / m.planned;
  const severity = severityOf(share, LIMITS.client_rate);
  if (severity === null) return null;
  const message = `${formatCount(unsent)} of ${formatCount(m.planned)} planned messages (${percent(share)}) were not sent in time`;
  const fix = freeIt(cell, worker) ?? `${moreWorkers(cell)}; or lower the rate: -R`;
  return { severity, measure: share, excess: share / LIMITS.client_rate.degraded, message, fix };
}

/**
 * Connects that failed or started late because of this machine. If all connections opened before the load, a late start
 * does not change the load: only connection times contain the delay.
 */
function connectTrouble(worker: WorkerResult, cell: CellResult): Finding | null {
  const attempts = Math.max(1, worker.connectAttempts);
  const share = worker.connectTrouble / attempts;
  const late = connectsUnderLoad(cell) ? 0 : (worker.connectLate ?? 0);
  const failed = severityOf((worker.connectTrouble - late) / attempts, LIMITS.client_connect);
  const { note } = LIMITS.client_connect.late;
  const lateShare = late / attempts;
  const severity = failed ?? severityOf(lateShare, LIMITS.client_connect.late) ?? (lateShare > note ? 'note' : null);
  if (severity === null) return null;
  const own = cell.errors.filter(({ phase, code }) => phase === 'connect' && CLIENT_CONNECT_ERRORS.has(code));
  const codes = own.length === 0 ? '' : `: ${codeList(own)}`;
  const counts = `${formatCount(worker.connectTrouble)} of ${formatCount(worker.connectAttempts)} connects (${percent(share)})`;
  const what =
    failed === null ? 'started late on this side: connection times hold that' : 'failed or started late on this side';
  const message = `${counts} ${what}${codes}`;
  const fix = connectFix(new Set(own.map(({ code }) => code)), cell.connections.asked);
  return { severity, measure: share, excess: 0, message, fix };
}

function connectsUnderLoad({ ramp, churn, events = [] }: CellResult): boolean {
  return ramp || churn !== undefined || events.length > 0;
}

/** A closed loop saturates by design: see `closedLoopLimited`. */
function busy(worker: WorkerResult, cell: CellResult): Finding | null {
  if (MODELS[cell.model].saturatesWorkers || worker.busy === null) return null;
  const severity = severityOf(worker.busy, LIMITS.client_busy);
  if (severity === null) return null;
  const limit = percent(LIMITS.client_busy[severity]);
  const message = `busy ${percent(worker.busy)} of the time (limit ${limit})`;
  const excess = worker.busy / LIMITS.client_busy.degraded;
  return { severity, measure: worker.busy, excess, message, fix: moreWorkers(cell) };
}

function closedLoopLimited(worker: WorkerResult, cell: CellResult): Finding | null {
  if (worker.busy === null || !isClientLimited(cell, worker)) return null;
  const message = `busy ${percent(worker.busy)} of the time: the closed loop is limited by the client, its throughput is a lower bound`;
  return {
    severity: 'note',
    measure: worker.busy,
    excess: 0,
    message,
    fix: `${moreWorkers(cell)}, to see what the target can really do`,
  };
}

/** A closed loop that keeps the worker this busy measures the client: its throughput is `>= x`. */
export function isClientLimited({ model }: Pick<CellResult, 'model'>, { busy }: Pick<WorkerResult, 'busy'>): boolean {
  return MODELS[model].saturatesWorkers && busy !== null && busy > LIMITS.client_limited.note;
}

function starved({ runQueueWait }: WorkerResult): Finding | null {
  if (runQueueWait === null) return null;
  const severity = severityOf(runQueueWait, LIMITS.cpu_starved);
  if (severity === null) return null;
  const message = `waited for a processor ${percent(runQueueWait)} of the time (limit ${percent(LIMITS.cpu_starved[severity])})`;
  const excess = runQueueWait / LIMITS.cpu_starved.degraded;
  return { severity, measure: runQueueWait, excess, message, fix: FREE_A_CORE };
}

export const WORK_JUDGES = {
  worker_lost: lostWorker,
  client_rate: lateRate,
  client_connect: connectTrouble,
  client_busy: busy,
  client_limited: closedLoopLimited,
  cpu_starved: starved,
} as const satisfies Partial<Readonly<Record<ReasonCode, WorkerJudge>>>;
