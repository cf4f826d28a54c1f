/**
 * Files for HdrHistogram's own tools: a percentile distribution (.hgrm, in milliseconds) for each cell, each of its
 * requests and each latency, and a log of every second of each cell and request (.hlog, version 1.3); both also of the
 * deliveries of each request that reaches others. A histogram holds only what was answered or delivered; the number of the others
 * stands beside it.
 */

import type { JudgedCell } from '../../documents/result-document.js';
import type { SavedRun } from '../../documents/saved-run.js';
import type { FlowResult } from '../../metrics/cell-result.js';
import type { FanoutResult } from '../../metrics/fanout-result.js';
import { flowOf } from '../../metrics/flow.js';
import { Totals } from '../../metrics/histogram.js';
import type { SparseCounts } from '../../metrics/interval.js';
import type { FanoutTimeName } from '../../metrics/seconds/fanout-second.js';
import type { CellTimeline, MessageSecond } from '../../metrics/seconds/timeline.js';
import { hasResponseTime } from '../../plan/models.js';
import { inPieces } from '../../text/pieces.js';
import { fileNameOf, type LongFile, type ReportFile } from '../shared/report-file.js';

/** Send lag is the generator's own and stays in the reports. */
const SHOWN = ['response', 'service'] as const;
type Shown = (typeof SHOWN)[number];
const US_PER_MS = 1000;

export function hgrmFiles({ document }: SavedRun): ReportFile[] {
  const files = document.cells.flatMap((cell) => [
    ...SHOWN.flatMap((latency) => hgrmFile(cell.id, flowOf(cell), latency)),
    ...(cell.requests ?? []).flatMap((request) =>
      SHOWN.flatMap((latency) => hgrmFile(`${cell.id}-${request.name}`, request, latency)),
    ),
    ...(cell.fanout ?? []).flatMap((fanout) => deliveryFiles(`${cell.id}-${fanout.name}`, fanout)),
  ]);
  return withOwnNames(files);
}

/** Two names may be the same once they are fit for a file: `a b` and `a_b`, or cut. The later one gets a number. */
function withOwnNames(files: readonly ReportFile[]): ReportFile[] {
  const taken = new Set<string>();
  return files.map((file) => {
    let { name } = file;
    for (let more = 2; taken.has(name); more++) name = file.name.replace(/\.hgrm$/, `-${more}.hgrm`);
    taken.add(name);
    return { ...file, name };
  });
}

/** `of`: the cell, or the cell and the request. */
function hgrmFile(of: string, { histograms, latencyUs }: FlowResult, latency: Shown): ReportFile[] {
  const encoded = histograms[latency];
  return encoded === null ? [] : [distribution(of, latency, encoded, 'unanswered', latencyUs[latency]?.censored ?? 0)];
}

/** What the files of a fan-out hold, and what has no time in each. */
const DELIVERIES = [
  ['deliver', 'deliver', 'deliverUs', 'missed'],
  ['service', 'deliver-service', 'serviceUs', 'missed'],
  ['first', 'first', 'firstUs', 'reached nobody'],
  ['last', 'last', 'lastUs', 'did not reach all'],
  ['spread', 'spread', 'spreadUs', 'did not reach all'],
] as const;

function deliveryFiles(of: string, fanout: FanoutResult): ReportFile[] {
  return DELIVERIES.flatMap(([histogram, name, us, without]) => {
    const encoded = fanout.histograms[histogram];
    return encoded === null ? [] : [distribution(of, name, encoded, without, fanout[us].censored)];
  });
}

/** `without`: what became of the `censored` ones, which have no time. */
function distribution(of: string, name: string, encoded: string, without: string, censored: number): ReportFile {
  const text = Totals.decode(encoded).percentileText(US_PER_MS);
  const rest = `#[${tagOf(of, name)}, values in ms; ${without} and not in it: ${censored}]\n`;
  return { name: `${fileNameOf(of)}-${name}.hgrm`, text: `${text}${rest}` };
}

/** Each cell, each of its requests and each latency under a tag of its own; the measured seconds only. */
export function hlogFiles(saved: SavedRun): LongFile[] {
  return [{ name: 'latency.hlog', text: inPieces(() => allLines(saved)) }];
}

function* allLines({ document, timelines }: SavedRun): Generator<string> {
  const startS = Date.parse(document.startedAt) / 1000;
  const byCell = new Map(timelines.map((timeline) => [timeline.cell, timeline]));
  const head = [
    '#[Histogram log format version 1.3]',
    '#[Values in microseconds, Interval_Max in milliseconds: tools take an output value unit ratio of 1000]',
    '#[Cells follow one another without the pauses between them]',
    `#[StartTime: ${startS.toFixed(3)} (seconds since epoch), ${document.startedAt}]`,
    '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"',
  ];
  yield `${head.join('\n')}\n`;
  let fromS = 0;
  for (const cell of document.cells) {
    const timeline = byCell.get(cell.id);
    const measured = cell.phases.find(({ name }) => name === 'measure');
    const measureS = fromS + (measured?.fromMs ?? 0) / 1000;
    if (timeline !== undefined) yield* logLines(cell, timeline, measureS);
    fromS += (cell.phases.at(-1)?.toMs ?? 0) / 1000;
  }
}

/** The lines of a cell, then those of each of its requests. */
function* logLines(cell: JudgedCell, { messages, requests = [] }: CellTimeline, measureS: number): Generator<string> {
  yield* linesOf(cell.id, cell, messages, measureS);
  for (const [i, { name }] of (cell.requests ?? []).entries()) {
    yield* linesOf(`${cell.id}-${name}`, cell, requests[i] ?? [], measureS);
    yield* deliveryLines(`${cell.id}-${name}`, requests[i] ?? [], measureS);
  }
}

/** Where the request reaches others: its deliveries, and the first, the last and the spread of its messages. */
function* deliveryLines(of: string, seconds: readonly MessageSecond[], measureS: number): Generator<string> {
  for (const { phase, second, fanout } of seconds) {
    if (phase !== 'measure' || fanout === null) continue;
    for (const [time, name] of DELIVERY_TAGS) {
      yield* logLine(tagOf(of, name), measureS + second, fanout.counts(time));
    }
  }
}

/** The names that `.hgrm` files have. */
const DELIVERY_TAGS = [
  ['deliver', 'deliver'],
  ['deliverService', 'deliver-service'],
  ['first', 'first'],
  ['last', 'last'],
  ['spread', 'spread'],
] as const satisfies readonly (readonly [FanoutTimeName, string])[];

/** `of`: the cell, or the cell and the request, whose seconds these are. */
function* linesOf(
  of: string,
  { model }: JudgedCell,
  seconds: readonly MessageSecond[],
  measureS: number,
): Generator<string> {
  for (const { phase, second, histograms } of seconds) {
    if (phase !== 'measure') continue;
    for (const latency of SHOWN) {
      if (latency === 'response' && !hasResponseTime(model)) continue;
      yield* logLine(tagOf(of, latency), measureS + second, histograms[latency]);
    }
  }
}

function logLine(tag: string, startS: number, counts: SparseCounts): string[] {
  if (counts.length === 0) return [];
  const totals = Totals.of(counts);
  const maxMs = (totals.max ?? 0) / US_PER_MS;
  return [`Tag=${tag},${startS.toFixed(3)},1.000,${maxMs.toFixed(3)},${totals.encode()}\n`];
}

/** Tags end at a comma or a blank. */
function tagOf(of: string, name: string): string {
  return `${of.replace(/[^A-Za-z0-9._/-]+/g, '_')}.${name}`;
}
