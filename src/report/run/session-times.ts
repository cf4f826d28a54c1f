/** How long sessions took until they were ready, and their named steps, as texts. */
import type { JudgedCell } from '../../documents/result-document.js';
import type { Quantiles } from '../../metrics/cell-result.js';
import { countText } from '../../text/number-text.js';
import { sanitize } from '../../text/sanitize.js';
import { maxCell, quantileCell } from './cell-text.js';

/** One line of times, in ms. */
export interface SessionTime {
  /** Its cell's id. */
  readonly where: string;
  /** `connect`: the whole connect, until the session was ready. `ready`: the session alone. Else a step of it. */
  readonly name: string;
  readonly part: 'connect' | 'ready' | 'step';
  readonly count: string;
  readonly p50: string;
  readonly p99: string;
  readonly max: string;
}

/** The connects of each cell with sessions, their sessions alone, and the named steps of these in their order. */
export function sessionTimes(cells: readonly JudgedCell[]): SessionTime[] {
  return cells.flatMap(({ id, session, connectUs }): SessionTime[] => {
    if (session === undefined) return [];
    const where = sanitize(id, 80);
    return [
      { where, name: 'connect', part: 'connect', ...texts(connectUs.total) },
      { where, name: 'ready', part: 'ready', ...texts(session.readyUs) },
      ...session.steps.map(({ name, us }) => ({
        where,
        name: sanitize(name, 60),
        part: 'step' as const,
        ...texts(us),
      })),
    ];
  });
}

function texts(quantiles: Quantiles): Pick<SessionTime, 'count' | 'p50' | 'p99' | 'max'> {
  return {
    count: countText(quantiles.count),
    p50: quantileCell(quantiles, 'p50').text,
    p99: quantileCell(quantiles, 'p99').text,
    max: maxCell(quantiles).text,
  };
}
