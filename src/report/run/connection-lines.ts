import type { JudgedCell } from '../../documents/result-document.js';
import { latencyText } from '../../text/number-text.js';
import { formatCount } from '../../units.js';
import { namedCells } from './fanout-tables.js';
import { indexText, type SubscriberLine } from './subscriber-lines.js';

/** One sentence for each cell that says `fairness`: which connection was answered worst, and how even the shares are. */
export function connectionLines(cells: readonly JudgedCell[]): SubscriberLine[] {
  return cells.flatMap(({ id, byConnection }) => {
    const worst = byConnection?.worst[0];
    if (byConnection === undefined || worst === undefined) return [];
    const { connection, answered, awaited, p99Us } = worst;
    const p99 = p99Us === null ? '' : `, p99 ${latencyText(p99Us)} ms`;
    const share = `${formatCount(answered)} of ${formatCount(awaited)} answered${p99}`;
    const text = `worst of ${formatCount(byConnection.count)} connections: connection ${connection} with ${share}; Jain's fairness index ${indexText(byConnection.jain)}`;
    return [{ where: namedCells([id], cells), text }];
  });
}
