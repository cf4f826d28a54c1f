/** Checks that the figures of a saved cell match its histograms: a number changed by hand is not a measurement. */
import { messageOf } from '../errors.js';
import type { CellResult, FlowResult, Quantiles, SessionResult } from './cell-result.js';
import { flowOf } from './flow.js';
import { Totals } from './histogram.js';
import { LATENCIES } from './interval.js';
import { quantileAt } from './quantiles.js';

/** A smaller difference changes no verdict: this is a tenth of the smallest usual margin. */
const RATE_TOLERANCE = 0.002;
const CHECKED = { p50: 0.5, p99: 0.99 } as const;

type Text = readonly [where: string, encoded: string | null];

/** The first histogram of a saved cell that cannot be read, with its place and the reason; null if all can be read. */
export function histogramProblem(cell: CellResult): string | null {
  const { requests = [], session } = cell;
  const texts: Text[] = [
    ...flowTexts('flows.0', flowOf(cell)),
    ...requests.flatMap((request, i) => flowTexts(`requests.${i}`, request)),
    ...(session === undefined ? [] : sessionTexts(session)),
    ['connectHistogram', cell.connectHistogram],
  ];
  for (const [where, encoded] of texts) {
    if (encoded === null) continue;
    try {
      Totals.decode(encoded);
    } catch (error) {
      return `${where}: ${messageOf(error)}`;
    }
  }
  return null;
}

function flowTexts(where: string, { histograms, warmupHistograms, waitAndService }: FlowResult): Text[] {
  return [
    [`${where}.waitAndService`, waitAndService ?? null],
    ...LATENCIES.map((name): Text => [`${where}.histograms.${name}`, histograms[name]]),
    ...LATENCIES.map((name): Text => [`${where}.warmupHistograms.${name}`, warmupHistograms[name]]),
  ];
}

function sessionTexts({ readyHistogram, steps }: SessionResult): Text[] {
  return [
    ['session.readyHistogram', readyHistogram],
    ...steps.map(({ histogram }, i): Text => [`session.steps.${i}.histogram`, histogram]),
  ];
}

/** The first figure that does not match, with its place; null if all match. */
export function figureProblem(cell: CellResult): string | null {
  return (
    serviceProblem(flowOf(cell), 'flows.0') ??
    (cell.requests ?? []).reduce<string | null>(
      (found, request, i) => found ?? serviceProblem(request, `requests.${i}`),
      null,
    ) ??
    rateProblem(cell) ??
    against(cell.connectUs.total, cell.connectHistogram, 'connectUs.total', 'connectHistogram')
  );
}

function serviceProblem({ latencyUs, histograms, messages }: FlowResult, flow: string): string | null {
  const { service } = latencyUs;
  if (service === null || histograms.service === null) return null;
  const where = `${flow}.latencyUs.service`;
  if (service.count !== messages.answered)
    return `${where}.count is ${service.count}, ${messages.answered} were answered`;
  return against(service, histograms.service, where, `${flow}.histograms.service`);
}

/** All rates of a cell are counts over the same time, so their ratios equal the ratios of the counts. */
function rateProblem(cell: CellResult): string | null {
  const { messages } = flowOf(cell);
  if (messages.planned === 0) return null;
  const { plannedPerSecond, answeredPerSecond } = cell.rate;
  const expected = (plannedPerSecond * messages.answered) / messages.planned;
  if (Math.abs(answeredPerSecond - expected) <= RATE_TOLERANCE * expected) return null;
  return `rate.answeredPerSecond is ${answeredPerSecond}, ${messages.answered} of ${messages.planned} messages give ${expected}`;
}

function against(quantiles: Quantiles, encoded: string, where: string, histogram: string): string | null {
  let totals: Totals;
  try {
    totals = Totals.decode(encoded);
  } catch (error) {
    return `${histogram}: ${messageOf(error)}`;
  }
  if (totals.count !== quantiles.count)
    return `${where}.count is ${quantiles.count}, its histogram counts ${totals.count}`;
  const censored = { timedOut: 0, otherCensored: quantiles.censored, timeoutUs: 0 };
  for (const [name, q] of Object.entries(CHECKED) as [keyof typeof CHECKED, number][]) {
    const answer = quantileAt(totals, censored, q);
    if (answer.kind === 'value' && answer.us !== quantiles[name]) {
      return `${where}.${name} is ${quantiles[name]}, its histogram gives ${answer.us}`;
    }
  }
  return null;
}
