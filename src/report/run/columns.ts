/** The columns of every table of cells. Widths are fixed, so that rows can be printed while a run goes on. */

/** `narrow` columns fit 80 columns together; `wide` ones are added by `--wide` and in files. */
export type Detail = 'narrow' | 'wide';

export interface Column {
  readonly key: string;
  readonly name: string;
  /** Unit of the numbers below, or '' where the name says it all. */
  readonly unit: string;
  readonly width: number;
  readonly align: 'left' | 'right';
  readonly detail: Detail;
}

/**
 * The shape of a load's table. `connections` and `rate`: one swept axis. `matrix`: both. `hold`: connections without latency
 * (listen, or no messages). `ramp`: the seconds of a cell whose load rises or falls.
 */
export type TableKind = 'connections' | 'rate' | 'matrix' | 'hold' | 'ramp';

const column = (key: string, name: string, unit: string, width: number, detail: Detail = 'narrow'): Column => ({
  key,
  name,
  unit,
  width,
  align: 'right',
  detail,
});

const CONNS = column('conns', 'conns', '', 5);
const HELD = column('held', 'held', '', 5);
const ASKED = column('asked', 'asked', '/s', 5);
const P50 = column('p50', 'p50', 'ms', 9);
const P95 = column('p95', 'p95', 'ms', 9);
const P99 = column('p99', 'p99', 'ms', 9);
const ERR50 = column('err50', 'p50 err', 'ms', 7, 'wide');
const ERR99 = column('err99', 'p99 err', 'ms', 7, 'wide');
/** Each quantile with its 95 % interval, and with the error of the instrument where it is known. */
const QUANTILES = [
  P50,
  column('ci50', 'p50 95 %', 'ms', 11, 'wide'),
  ERR50,
  P95,
  column('ci95', 'p95 95 %', 'ms', 11, 'wide'),
  P99,
  column('ci99', 'p99 95 %', 'ms', 11, 'wide'),
  ERR99,
];
const MAX = column('max', 'max', 'ms', 7);
const RATE = column('rate', 'rate', 'msg/s', 6);
const LOST = column('lost', 'lost', 'msgs', 5);
const CPU = column('cpu', 'cpu', '%', 4);
const STATUS: Column = { key: 'status', name: 'status', unit: '', width: 12, align: 'left', detail: 'narrow' };

const CONNECTING = [
  column('connAsked', 'conns asked', '', 11, 'wide'),
  column('connOpened', 'opened', '', 6, 'wide'),
  column('connP50', 'conn p50', 'ms', 9, 'wide'),
  column('connMax', 'conn max', 'ms', 8, 'wide'),
];
const WIDE = [
  ...CONNECTING,
  column('serviceP50', 'serv p50', 'ms', 9, 'wide'),
  column('serviceP99', 'serv p99', 'ms', 9, 'wide'),
  column('lagP50', 'lag p50', 'ms', 9, 'wide'),
  column('lagP99', 'lag p99', 'ms', 9, 'wide'),
  column('halves', 'p50 halves', 'ms', 12, 'wide'),
  column('warmP50', 'warm p50', 'ms', 9, 'wide'),
  column('warmP99', 'warm p99', 'ms', 9, 'wide'),
  column('unanswered', 'unanswered', 'msgs', 10, 'wide'),
  column('backlog', 'backlog', 'msg/s', 7, 'wide'),
  column('rss', 'rss', 'MB', 6, 'wide'),
];

const COLUMNS: Readonly<Record<TableKind, readonly Column[]>> = {
  connections: [CONNS, HELD, ...QUANTILES, MAX, RATE, LOST, CPU, STATUS, ...WIDE],
  rate: [
    { ...ASKED, width: 6, unit: 'msg/s' },
    { ...RATE, name: 'achieved', width: 8 },
    ...QUANTILES,
    MAX,
    LOST,
    CPU,
    STATUS,
    { ...HELD, detail: 'wide' },
    ...WIDE,
  ],
  matrix: [CONNS, ASKED, ...QUANTILES, MAX, RATE, LOST, CPU, STATUS, { ...HELD, detail: 'wide' }, ...WIDE],
  hold: [
    CONNS,
    HELD,
    { ...RATE, name: 'received', width: 8 },
    column('pingP50', 'ping p50', 'ms', 9),
    column('pingMax', 'ping max', 'ms', 8),
    column('connP50', 'conn p50', 'ms', 9),
    CPU,
    { ...column('rss', 'rss', 'MB', 6) },
    STATUS,
    column('connAsked', 'conns asked', '', 11, 'wide'),
    column('connOpened', 'opened', '', 6, 'wide'),
    column('connMax', 'conn max', 'ms', 8, 'wide'),
    ERR50,
    ERR99,
  ],
  ramp: [
    column('second', 'second', '', 6),
    column('open', 'open', 'conns', 5),
    column('planned', 'planned', 'msgs', 7),
    column('sent', 'sent', 'msgs', 6),
    column('answered', 'answered', 'msgs', 8),
    { ...P50, width: 7 },
    column('p90', 'p90', 'ms', 7),
    { ...P99, width: 7 },
    MAX,
  ],
};

export function columnsOf(kind: TableKind): readonly Column[] {
  return COLUMNS[kind];
}

/** The columns to show at a level of detail, `status` last. */
export function columnsAt(columns: readonly Column[], detail: Detail): Column[] {
  const shown = columns.filter((each) => detail === 'wide' || each.detail === 'narrow');
  return [...shown.filter(({ key }) => key !== 'status'), ...shown.filter(({ key }) => key === 'status')];
}
