import type { CellResult } from '../metrics/cell-result.js';

/**
 * A cell as one of its requests sees it: with the messages, rates and brackets of that request alone, so that whoever
 * reads a cell can read a request. Connections, seconds and the rest stay those of the cell. Null if the cell has no
 * such request.
 */
export function asRequest<T extends CellResult>(cell: T, name: string): T | null {
  const request = cell.requests?.find((each) => each.name === name);
  if (request === undefined) return null;
  const { perSecond, brackets, ...flow } = request;
  const { planned, sent, answered } = perSecond;
  const askedPerSecond = cell.rate.askedPerSecond === null ? null : planned;
  return {
    ...cell,
    ...{ flows: [flow], requests: undefined, brackets },
    ...(cell.fanout === undefined ? {} : { fanout: cell.fanout.filter((each) => each.name === name) }),
    rate: {
      ...cell.rate,
      ...{ askedPerSecond, plannedPerSecond: planned, sentPerSecond: sent, answeredPerSecond: answered },
    },
  };
}
