/** Seconds as rows and latency buckets as columns: the table that a bootstrap over seconds draws from. */
import { CountTable } from '../../stats/block-bootstrap.js';
import { highestInBucket } from '../buckets.js';
import type { CensoredCounts } from '../censored.js';
import type { SparseCounts } from '../interval.js';

/** Limits the memory of one bootstrap to about 32 MB. Beyond it, neighbouring buckets share a column. */
const MOST_CELLS = 4_000_000;

/** One second of the measure phase, for intervals that allow for the similarity of neighbouring messages. */
export interface SecondCounts extends CensoredCounts {
  readonly answered: SparseCounts;
}

export interface BootstrapTable {
  /** The last column counts messages without an answer in time. */
  readonly table: CountTable;
  /** The highest value of every other column, microseconds. */
  readonly valueUs: readonly number[];
}

export function bootstrapTable(seconds: readonly SecondCounts[]): BootstrapTable {
  const { columnOf, valueUs } = columnsOf(seconds);
  const unanswered = valueUs.length;
  const table = new CountTable(seconds.length, unanswered + 1, (row, counts) => {
    const { answered, timedOut, otherCensored } = seconds[row]!;
    for (let i = 0; i < answered.length; i += 2) counts[columnOf[answered[i]!]!]! += answered[i + 1]!;
    counts[unanswered] = timedOut + otherCensored;
  });
  return { table, valueUs };
}

/** The used buckets, in order, as columns. `valueUs` is the highest value of each. */
function columnsOf(seconds: readonly SecondCounts[]): { columnOf: Int32Array; valueUs: readonly number[] } {
  let last = -1;
  for (const { answered } of seconds) if (answered.length > 0) last = Math.max(last, answered.at(-2)!);
  const columnOf = new Int32Array(last + 1);
  for (const { answered } of seconds) for (let i = 0; i < answered.length; i += 2) columnOf[answered[i]!] = 1;
  const used = columnOf.reduce((sum, mark) => sum + mark, 0);
  const perColumn = Math.max(1, Math.ceil((used * (seconds.length + 1)) / MOST_CELLS));
  const valueUs: number[] = [];
  let ordinal = 0;
  for (let bucket = 0; bucket <= last; bucket++) {
    if (columnOf[bucket] === 0) continue;
    const column = Math.floor(ordinal++ / perColumn);
    columnOf[bucket] = column;
    valueUs[column] = highestInBucket(bucket);
  }
  return { columnOf, valueUs };
}
