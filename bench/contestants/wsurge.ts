/** wsurge, as a process: one cell on one worker, with all recording and checks on. */
import type { CellResult } from '../../src/metrics/cell-result.js';
import type { Cell } from '../../src/plan/cell.js';
import type { Pacing } from '../../src/plan/pacing.js';
import { judgeCell } from '../../src/verdict/validity.js';
import { answer, takeJob } from '../child.js';
import type { Target } from '../served.js';
import { oneWorker, SHIPPED_WORKER, watchCell } from './cell-run.js';
import type { LoadAnswer } from './load-answer.js';

export interface CellJob {
  readonly cell: Cell;
  readonly pacing: Pacing;
  readonly target: Target;
}

async function run({ cell, pacing, target }: CellJob): Promise<LoadAnswer> {
  const { result, ...watched } = await watchCell(cell, oneWorker(SHIPPED_WORKER, true), { target, pacing });
  refuseIfWrong(result);
  const lag = result.flows[0]!.latencyUs.lag;
  const { p50 = null, p99 = null } = lag ?? {};
  return {
    ...watched,
    open: result.connections.held,
    answeredPerSecond: result.fanout?.[0]?.perSecond.delivered ?? result.rate.answeredPerSecond,
    lagUs: p50 === null || p99 === null ? null : { p50, p99 },
    validity: judgeCell(result, []).validity,
  };
}

/** Wrong answers do not count, however fast they are. */
function refuseIfWrong(result: CellResult): void {
  const { messages } = result.flows[0]!;
  const names = [
    'lost',
    'corrupted',
    'duplicated',
    'misdelivered',
    'unexpected',
    'reordered',
    'missed',
    'redelivered',
  ] as const;
  const wrong = names.filter((name) => messages[name] > 0).map((name) => `${messages[name]} ${name}`);
  if (result.laws.length > 0) wrong.push(`broken laws: ${result.laws.map(({ law }) => law).join(', ')}`);
  if (result.connections.held < result.connections.asked) {
    wrong.push(`${result.connections.held} of ${result.connections.asked} connections held`);
  }
  if (wrong.length > 0) throw new Error(`the cell went wrong: ${wrong.join(', ')}`);
}

answer(await run(takeJob<CellJob>()));
