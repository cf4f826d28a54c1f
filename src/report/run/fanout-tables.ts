/** A table for each request that reaches others, with a row for each cell of its load; and how fair deliveries were. */
import type { JudgedCell } from '../../documents/result-document.js';
import type { FanoutResult } from '../../metrics/fanout-result.js';
import type { Reach } from '../../plan/fanout.js';
import { NOT_AVAILABLE } from '../../text/number-text.js';
import { sanitize } from '../../text/sanitize.js';
import { formatCount } from '../../units.js';
import { rangeText } from '../../verdict/doubts.js';
import type { CellText } from './cell-text.js';
import type { ColumnHead, LegendKey } from './column.js';
import { type FanoutSource, fanoutColumns } from './fanout-columns.js';
import { slowCell, slowText } from './fanout-slow.js';
import { owed } from './rows.js';

export interface FanoutRow {
  readonly cell: string;
  readonly values: Readonly<Record<string, string>>;
  /** Whether anything was missed or came more than once. */
  readonly isBad: boolean;
  /** What the signs in its values owe the reader. */
  readonly legend: readonly LegendKey[];
}

export interface FanoutTable {
  readonly load: string;
  /** The load, and the request. */
  readonly title: string;
  /** Whom it reaches, and what its times are. */
  readonly subtitle: string;
  readonly columns: readonly ColumnHead[];
  readonly rows: readonly FanoutRow[];
  /** What came more than once, late, to nobody or again; and why a narrow column has no number. */
  readonly remarks: readonly string[];
}

/** In the order of loads and requests; none where nothing reaches others. */
export function fanoutTables(cells: readonly JudgedCell[]): FanoutTable[] {
  const tables = new Map<string, FanoutSource[]>();
  for (const cell of cells) {
    for (const fanout of cell.fanout ?? []) {
      const key = JSON.stringify([cell.load, fanout.name]);
      tables.set(key, [...(tables.get(key) ?? []), { cell, fanout }]);
    }
  }
  return [...tables.values()].map((sources) => tableOf(sources, cells));
}

function tableOf(sources: readonly FanoutSource[], all: readonly JudgedCell[]): FanoutTable {
  const { cell, fanout } = sources[0]!;
  const columns = fanoutColumns(sources);
  const shown = sources.flatMap((source) => {
    const rowOf = (isSlow: boolean, cellOf: (column: (typeof columns)[number]) => CellText) => ({
      ...{ source, isSlow },
      values: columns.map((column) => ({ column, value: cellOf(column) })),
    });
    const { slow } = source.fanout;
    const own = rowOf(false, (column) => column.value(source));
    return slow === undefined ? [own] : [own, rowOf(true, ({ key }) => slowCell(key, slow))];
  });
  return {
    load: cell.load,
    title: `${sanitize(cell.load, 60)} · ${sanitize(fanout.name, 60)}`,
    subtitle: `${REACHES[fanout.reaches]} · deliver time, from when it was due`,
    columns: columns.map(({ key, name, unit, width, align, detail }) => ({ key, name, unit, width, align, detail })),
    rows: shown.map(({ source, isSlow, values }) => ({
      cell: source.cell.id,
      values: Object.fromEntries(values.map(({ column, value }) => [column.key, value.text])),
      // That slow readers miss messages is what was asked for.
      isBad: !isSlow && source.fanout.deliveries.missed + source.fanout.deliveries.redelivered > 0,
      legend: values.flatMap(({ column, value }) => owed(column, value)),
    })),
    remarks: [
      ...sources.flatMap((source) => besides(source, all)),
      ...byText(
        sources.flatMap(({ cell, fanout: { slow } }) =>
          slow === undefined ? [] : [{ id: cell.id, text: slowText(slow) }],
        ),
        all,
      ),
      ...byText(
        shown.flatMap(({ source, isSlow, values }) =>
          gapsOf(values).map((text) => ({ id: source.cell.id, text: isSlow ? `slow: ${text}` : text })),
        ),
        all,
      ),
    ],
  };
}

const REACHES: Readonly<Record<Reach, string>> = {
  all: 'reaches all',
  room: "reaches the sender's room",
  others: 'reaches the others',
};

/** `c100-r20: 12 redelivered, 3 of the missed came late`. */
function besides({ cell, fanout: { deliveries } }: FanoutSource, all: readonly JudgedCell[]): string[] {
  const said = (Object.keys(BESIDES) as (keyof typeof BESIDES)[]).flatMap((name) =>
    deliveries[name] === 0 ? [] : [`${formatCount(deliveries[name])} ${BESIDES[name]}`],
  );
  return said.length === 0 ? [] : [`${namedCells([cell.id], all)}: ${said.join(', ')}`];
}

const BESIDES = {
  redelivered: 'redelivered (came again)',
  late: 'of the missed came late',
  gone: 'gone (their connections closed before)',
  replayed: 'replayed (sent before their connections were open)',
} as const satisfies Partial<Record<keyof FanoutResult['deliveries'], string>>;

function gapsOf(
  values: readonly {
    readonly column: ColumnHead;
    readonly value: { readonly gap: string | null };
  }[],
): string[] {
  const byGap = new Map<string, string[]>();
  for (const { column, value } of values) {
    if (value.gap === null || column.detail !== 'narrow') continue;
    byGap.set(value.gap, [...(byGap.get(value.gap) ?? []), column.name]);
  }
  return [...byGap].map(([gap, names]) => `${names.join(', ')} ${NOT_AVAILABLE}: ${gap}`);
}

/** Every text once, behind the cells it is about. */
function byText(said: readonly { readonly id: string; readonly text: string }[], all: readonly JudgedCell[]): string[] {
  const ids = new Map<string, string[]>();
  for (const { id, text } of said) ids.set(text, [...(ids.get(text) ?? []), id]);
  return [...ids].map(([text, own]) => `${namedCells(own, all)}: ${text}`);
}

const MOST_NAMED = 4;

/** `c10-r20, c40-r20`; `all 9 cells`; of more than four only how many. */
export function namedCells(ids: readonly string[], all: readonly JudgedCell[]): string {
  const isShort = ids.length <= MOST_NAMED && ids.length < all.length;
  const text = isShort ? ids.map((id) => rangeText([id], all)).join(', ') : rangeText(ids, all);
  return sanitize(text, 160);
}
