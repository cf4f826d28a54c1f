/**
 * What the page of a run shows, as plain data: the report's model, and the numbers of the charts. Charts have columns,
 * not rows, to keep the page small.
 */

import type { JudgedCell, ResultDocument } from '../../documents/result-document.js';
import type { SavedRun } from '../../documents/saved-run.js';
import type { QuantileName } from '../../metrics/cell-result.js';
import { isUnmatched } from '../../metrics/censored.js';
import { flowOf } from '../../metrics/flow.js';
import { pooledDeliveries } from '../../metrics/pooled-deliveries.js';
import { MODELS } from '../../plan/models.js';
import { NOT_AVAILABLE } from '../../text/number-text.js';
import { formatBytes, formatCount } from '../../units.js';
import { churnTexts } from '../../verdict/churn.js';
import { countsDeliveries } from '../../verdict/done.js';
import type { AgentState } from '../shared/agents-now.js';
import { type Fact, machinesFacts, type PageAbout, titleOf } from '../shared/page-parts.js';
import { targetText } from '../shared/target-text.js';
import type { VerdictLine } from '../shared/verdict-line.js';
import { type AgentRow, agentRows, agentsSentence } from './agent-rows.js';
import { type CellCharts, cellCharts } from './cell-charts.js';
import { headlineCell } from './cell-text.js';
import { chartLoads, type LoadCurve } from './curves.js';
import { deliverCell } from './delivery-columns.js';
import { type FanoutCurve, fanoutCurves } from './fanout-curves.js';
import type { FanoutRow, FanoutTable } from './fanout-tables.js';
import { fanoutOf } from './request-rows.js';
import type { Row } from './rows.js';
import { type SessionTime, sessionTimes } from './session-times.js';
import { type Status, statusOf } from './status.js';
import { type ReportModel, type ReportTable, reportModel } from './tables.js';
import { rowsPerPair } from './thin-columns.js';

/** What a page holds: one run, or several to lay over each other. Latencies are microseconds throughout. */
export interface PageData {
  readonly runs: readonly PageRun[];
}

export interface PageRun
  extends Omit<
      ReportModel,
      'next' | 'churn' | 'remarks' | 'sessions' | 'agents' | 'agentsSentence' | 'tables' | 'fanout'
    >,
    PageAbout {
  readonly tables: readonly PageTable[];
  readonly fanout: readonly PageFanout[];
  readonly profileName: string;
  readonly head: RunHead;
  readonly curves: readonly LoadCurve[];
  readonly fanoutCurves: readonly FanoutCurve[];
  readonly cells: readonly PageCell[];
  /** While the run goes on: its agents, the worst first; absent where one machine makes the load. */
  readonly agentsNow?: readonly PageAgentNow[];
}

/** One agent of a run that goes on, as texts. */
export interface PageAgentNow {
  readonly agent: string;
  readonly state: AgentState;
  /** Why it is lost or leaves; null if it is there. */
  readonly why: string | null;
  readonly open: string;
  /** Messages a second. */
  readonly rate: string;
  /** Of its busiest worker, percent. */
  readonly busy: string;
}

/** A table with the texts of its rows. */
export interface PageTable extends Omit<ReportTable, 'rows'> {
  readonly rows: readonly PageRow[];
}

export type PageRow = Omit<Row, 'legend'>;

/** A fan-out table with the texts of its rows. */
export interface PageFanout extends Omit<FanoutTable, 'rows'> {
  readonly rows: readonly Omit<FanoutRow, 'legend'>[];
}

/** What the line below the page's title says. */
export interface RunHead {
  /** When the run started, ISO 8601 UTC. */
  readonly started: string;
  readonly target: string;
  /** The server's engine; null if it is not known. */
  readonly engine: string | null;
}

export interface PageCell extends CellCharts {
  readonly id: string;
  readonly load: string;
  readonly status: Status;
  /** `response time`, `service time` in the closed model, or `deliver time` where no message has a reply. */
  readonly headline: string;
  /** No message has a reply, and some reach others: `quantiles` and `requests` are of deliveries. */
  readonly delivers?: boolean;
  readonly facts: readonly Fact[];
  /** Quantiles of the whole measured time: null is `n/a`. */
  readonly quantiles: readonly QuantileRow[];
  readonly messages: readonly Fact[];
  /** Absent without requests. */
  readonly requests?: readonly PageRequest[];
  /** The agents of a fleet, the worst first; absent if one machine made the load. */
  readonly agents?: readonly AgentRow[];
  /** How long its sessions took, and their steps; absent if connections are open at once. */
  readonly sessions?: readonly SessionTime[];
  /** Connections that missed any delivery, the worst first; absent where there is none. */
  readonly worst?: readonly { readonly connection: number; readonly delivered: number; readonly owed: number }[];
  readonly errors: readonly { readonly what: string; readonly count: number }[];
  readonly closes: readonly { readonly what: string; readonly count: number }[];
}

/** The messages of one request over the whole measured time; latencies of the headline as texts, ms. */
export interface PageRequest {
  readonly name: string;
  readonly counts: Readonly<Record<(typeof REQUEST_COUNTS)[number], number>>;
  readonly p50: string;
  readonly p95: string;
  readonly p99: string;
}

export interface QuantileRow {
  readonly name: string;
  /** Of deliveries, and so is `service`, where the cell delivers. */
  readonly response: number | null;
  readonly service: number | null;
  readonly lag: number | null;
}

/** Seconds of all cells together that a page draws one by one: with all columns, half a megabyte. */
const MOST_ROWS = 4000;
/** Every cell keeps so many rows, however many cells there are: fewer would show nothing. */
const FEWEST_ROWS = 20;

/** `isRunning`: the runs have not ended yet. */
export function pageData(saved: readonly SavedRun[], isRunning = false): PageData {
  const mostRows = mostRowsOf(saved);
  return { runs: saved.map((each) => pageRun(each, mostRows, isRunning)) };
}

/** The most rows of each cell, so that the page stays under a megabyte. */
function mostRowsOf(saved: readonly SavedRun[]): number {
  const cells = saved.flatMap(({ document }) => document.cells);
  const all = cells.reduce((sum, { seconds }) => sum + seconds.length, 0);
  return all <= MOST_ROWS ? Number.POSITIVE_INFINITY : Math.max(FEWEST_ROWS, Math.floor(MOST_ROWS / cells.length));
}

/** A run on the page of another result: it has no page of its own, so that no row leads to charts. */
export interface PageLoad
  extends Pick<
    PageRun,
    'tables' | 'fanout' | 'subscribers' | 'benchmark' | 'notes' | 'legend' | 'curves' | 'fanoutCurves'
  > {}

/** What another page shows of a run. */
export interface LoadPart extends Pick<ReportModel, 'doubts' | 'reasons'> {
  readonly page: PageLoad;
  readonly result: VerdictLine;
}

export function loadPart(document: ResultDocument): LoadPart {
  const { tables, fanout, subscribers, benchmark, notes, legend, verdict, doubts, reasons } = reportModel(document);
  return {
    page: {
      ...{ tables: tables.map(pageTable), fanout: fanout.map(pageFanout), subscribers, benchmark, notes, legend },
      ...{ curves: chartLoads(document.cells), fanoutCurves: fanoutCurves(document.cells) },
    },
    result: verdict.at(-1)!,
    doubts,
    reasons,
  };
}

function pageTable(table: ReportTable): PageTable {
  return { ...table, rows: table.rows.map(({ legend: _, ...row }) => row) };
}

function pageFanout(table: FanoutTable): PageFanout {
  return { ...table, rows: table.rows.map(({ legend: _, ...row }) => row) };
}

function pageRun({ document, timelines }: SavedRun, mostRows: number, isRunning: boolean): PageRun {
  const {
    next: _,
    churn: __,
    remarks: ___,
    sessions: ____,
    agents: _____,
    agentsSentence: ______,
    ...model
  } = reportModel(document);
  const { profile } = document;
  return {
    ...model,
    tables: model.tables.map(pageTable),
    fanout: model.fanout.map(pageFanout),
    id: document.runId,
    profileName: titleOf('Run', profile),
    head: { started: document.startedAt, target: targetText(document.target), engine: document.target.engine },
    facts: runFacts(document, isRunning),
    machines: machinesFacts(document.environment.generators),
    profile: JSON.stringify(profile, null, 2) ?? 'null',
    curves: chartLoads(document.cells),
    fanoutCurves: fanoutCurves(document.cells),
    cells: document.cells.map((cell) => ({
      ...cellFacts(document, cell, rowsPerPair(cell.seconds.length, mostRows)),
      ...cellCharts(
        cell,
        timelines.find((each) => each.cell === cell.id),
        mostRows,
      ),
    })),
  };
}

function runFacts(document: ResultDocument, isRunning: boolean): Fact[] {
  const { startedAt, endedAt, status, target, tool, workers, pacing, seed, planHash, labels } = document;
  return [
    ['Status', isRunning ? 'running' : status],
    ['Started', startedAt],
    ...(isRunning ? [] : [['Ended', endedAt] satisfies Fact]),
    ['Target', targetText(target)],
    ...(target.engine === null ? [] : [['Server engine', target.engine] satisfies Fact]),
    ['Generator', `${tool.name} ${tool.version}, engine ${tool.engine}`],
    ['Workers', `${workers}, pacing ${pacing}`],
    ...agentsFact(document),
    ['Seed', String(seed)],
    ['Plan', planHash],
    ...Object.entries(labels).map(([name, value]): Fact => [`Label ${name}`, value]),
  ];
}

function agentsFact({ cells }: ResultDocument): Fact[] {
  const sentence = agentsSentence(cells);
  return sentence === null ? [] : [['Agents', sentence]];
}

const REQUEST_COUNTS = ['planned', 'sent', 'answered', 'failed', 'blocked', 'lost', 'delivered', 'missed'] as const;

function requestsOf(cell: JudgedCell): Pick<PageCell, 'requests'> {
  const { requests } = cell;
  if (requests === undefined) return {};
  const delivers = countsDeliveries(cell);
  return {
    requests: requests.map((request) => {
      const counts = REQUEST_COUNTS.map((name) => [name, request.messages[name]] as const);
      const fanout = delivers ? fanoutOf(cell, request) : undefined;
      const at = (name: 'p50' | 'p95' | 'p99') =>
        fanout === undefined ? headlineCell(request, name, request.brackets).text : deliverCell(fanout, name).text;
      return {
        name: request.name,
        counts: Object.fromEntries(counts) as PageRequest['counts'],
        ...{ p50: at('p50'), p95: at('p95'), p99: at('p99') },
      };
    }),
  };
}

function sessionsOf(cell: JudgedCell): Pick<PageCell, 'sessions'> {
  return cell.session === undefined ? {} : { sessions: sessionTimes([cell]) };
}

/** `CONNECT_ERROR (session): step connect: invalid token`. */
function errorText({ phase, code, said }: JudgedCell['errors'][number]): string {
  const words = phase === 'session' && said !== undefined ? `: ${said}` : '';
  return `${code} (${phase})${words}`;
}

/** These counts are always shown; counts of messages that went wrong only if there were any. */
const ALWAYS_TOLD: readonly string[] = ['planned', 'sent', 'answered', 'received', 'lost'];
/** The same where no message has a reply, and some reach others. */
const TOLD_OF_DELIVERIES: readonly string[] = ['planned', 'sent', 'received', 'delivered', 'missed'];

function cellFacts(document: ResultDocument, cell: JudgedCell, perPair: number): Omit<PageCell, keyof CellCharts> {
  const failed = document.verdict.gates.filter((gate) => gate.cell === cell.id && !gate.passed);
  const { connections, client, server, axes, rate } = cell;
  const delivers = countsDeliveries(cell);
  const percent = (value: number | null) => (value === null ? NOT_AVAILABLE : `${value.toFixed(1)} % of a core`);
  const always = delivers ? TOLD_OF_DELIVERIES : ALWAYS_TOLD;
  const told = Object.entries(flowOf(cell).messages).filter(([name, count]) => count > 0 || always.includes(name));
  return {
    id: cell.id,
    load: cell.load,
    status: statusOf(cell, failed),
    headline: delivers ? 'deliver time' : `${MODELS[cell.model].headline} time`,
    ...(delivers ? { delivers } : {}),
    facts: [
      ['Connections', `${formatCount(axes.connections)} asked, ${formatCount(connections.held)} held`],
      ['Rate', `${rateFact(rate.askedPerSecond)} asked, ${doneText(cell)}`],
      ['Model', `${cell.model}, ${cell.arrival} arrivals, pacing ${cell.pacing}`],
      ...(cell.protocol === undefined || cell.protocol === 'none' ? [] : [['Protocol', cell.protocol] satisfies Fact]),
      ['Server CPU', server.status === 'measured' ? percent(server.cpuPercent) : `${NOT_AVAILABLE}: ${server.reason}`],
      ['Server memory', server.status === 'measured' ? bytesFact(server.rssBytes) : NOT_AVAILABLE],
      [client.agents === undefined ? 'Generator CPU' : 'CPU of the busiest agent', percent(client.cpuPercent)],
      ['Busiest worker', client.busy === null ? NOT_AVAILABLE : `${(client.busy * 100).toFixed(1)} % busy`],
      ...churnTexts(cell).map((text): Fact => ['Coming and going', text]),
      ...thinnedFacts(perPair),
    ],
    quantiles: quantileRows(cell),
    messages: told.map(([name, count]): Fact => [words(name), formatCount(count)]),
    ...requestsOf(cell),
    ...sessionsOf(cell),
    ...(cell.client.agents === undefined ? {} : { agents: agentRows([cell]) }),
    ...((cell.subscribers?.worst.length ?? 0) === 0 ? {} : { worst: cell.subscribers!.worst }),
    errors: cell.errors.map((error) => ({ what: errorText(error), count: error.count })),
    closes: cell.closeCodes.map(({ code, clean, by, count }) => ({
      what: `${code}, by the ${by}${clean ? '' : ', not clean'}`,
      count,
    })),
  };
}

function thinnedFacts(perPair: number): Fact[] {
  if (perPair === 1) return [];
  return [['Charts', `the least and the most of every ${perPair} s; all seconds: wsurge report --format csv`]];
}

/** What was done with the messages asked for: `50 msg/s answered`, `50 msg/s sent, 400 deliveries/s`. */
function doneText(cell: JudgedCell): string {
  const { rate, fanout = [] } = cell;
  const delivered = fanout.reduce((sum, { perSecond }) => sum + perSecond.delivered, 0);
  const deliveries = fanout.length === 0 ? '' : `, ${perSecondText(delivered)} deliveries/s`;
  if (!MODELS[cell.model].sends) return `${rateFact(rate.receivedPerSecond)} received`;
  const hasReplies = !isUnmatched(flowOf(cell).messages);
  const done = hasReplies ? `${rateFact(rate.answeredPerSecond)} answered` : `${rateFact(rate.sentPerSecond)} sent`;
  return `${done}${deliveries}`;
}

function rateFact(perSecond: number | null): string {
  return perSecond === null ? 'none' : `${perSecondText(perSecond)} msg/s`;
}

function perSecondText(perSecond: number): string {
  return perSecond < 10 ? String(Number(perSecond.toFixed(2))) : formatCount(perSecond);
}

function bytesFact(bytes: number | null): string {
  return bytes === null ? NOT_AVAILABLE : formatBytes(bytes);
}

/** `timedOut` as `timed out`. */
function words(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

const SHOWN_QUANTILES: readonly (readonly [QuantileName | 'max' | 'min' | 'mean', string])[] = [
  ['min', 'min'],
  ['mean', 'mean'],
  ['p50', 'p50'],
  ['p90', 'p90'],
  ['p95', 'p95'],
  ['p99', 'p99'],
  ['p99_9', 'p99.9'],
  ['max', 'max'],
];

function quantileRows(cell: JudgedCell): QuantileRow[] {
  if (cell.ramp) return [];
  const latency = flowOf(cell).latencyUs;
  const deliveries = countsDeliveries(cell) ? pooledDeliveries(cell.fanout!) : null;
  const [headline, service] = [deliveries?.deliverUs ?? latency.response, deliveries?.serviceUs ?? latency.service];
  return SHOWN_QUANTILES.map(([key, name]) => ({
    name,
    response: headline?.[key] ?? null,
    service: service?.[key] ?? null,
    lag: latency.lag?.[key] ?? null,
  }));
}
