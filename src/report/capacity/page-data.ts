/** What the page of a capacity search shows, as plain data. */

import type { CapacityDocument, CapacityStepRow } from '../../documents/capacity-document.js';
import { formatCount, formatPercent } from '../../units.js';
import type { ReasonLine } from '../shared/doubt-lines.js';
import { type Fact, machineLists, type PageAbout, type PageHead, titleOf } from '../shared/page-parts.js';
import { targetText } from '../shared/target-text.js';
import type { Tone } from '../shared/tone.js';
import { plural, type VerdictLine } from '../shared/verdict-line.js';
import { type CapacityCurve, capacityCurve } from './curve.js';
import { type CapacityHeat, capacityHeat } from './heat.js';
import { type CapacityLaw, capacityLaw } from './law.js';
import { costText, levelOf, requireText, sloText, stepColumns, stepWord } from './model.js';

/** One search, or several to lay over each other. Latencies are microseconds throughout. */
export interface CapacityPageData {
  readonly searches: readonly PageSearch[];
}

export interface PageSearch extends Omit<PageHead, 'origin'>, PageAbout {
  readonly startedAt: string;
  readonly place: string;
  /** What the SLO limits, and where: `p99`, 50000. */
  readonly quantile: string;
  readonly limitUs: number;
  readonly curve: CapacityCurve | null;
  readonly heat: CapacityHeat | null;
  readonly law: CapacityLaw;
  readonly costs: readonly Fact[];
  readonly steps: StepTable;
}

interface StepTable {
  readonly heads: readonly { readonly name: string; readonly unit: string; readonly right: boolean }[];
  readonly rows: readonly {
    readonly cells: readonly string[];
    readonly word: string;
    readonly tone: Tone;
    readonly why: string;
    readonly fix: string;
  }[];
}

export function pageSearch(document: CapacityDocument): PageSearch {
  const { search, target, runId, startedAt } = document;
  const isGrid = search.axis === 'both';
  return {
    id: runId,
    name: titleOf('Capacity search', document.profile),
    ...{ startedAt, place: target.engine === null ? target.url : `${target.url} · server engine ${target.engine}` },
    verdict: verdictOf(document),
    doubts: reasonsOf(document),
    reasons: reasonsOf(document),
    ...{ quantile: search.quantile, limitUs: search.limitUs },
    curve: isGrid ? null : capacityCurve(document),
    heat: isGrid ? capacityHeat(document) : null,
    law: capacityLaw(document),
    costs: document.costs.map((cost): Fact => [`${cost.what} per ${cost.per}`, costText(cost)]),
    steps: stepTable(document),
    facts: factsOf(document),
    machines: machineLists(document.environment.generators),
    profile: JSON.stringify(document.profile, null, 2) ?? 'null',
  };
}

function verdictOf(document: CapacityDocument): VerdictLine[] {
  const { search, answer, exitCode, steps } = document;
  const tone: Tone = exitCode === 0 ? 'good' : exitCode === 99 ? 'bad' : 'warn';
  return [
    { label: 'SLO', word: limitWord(search), text: sloText(document), tone: 'plain' },
    limitLine(answer),
    {
      label: 'confirmed',
      word: answer.confirmed ? 'YES' : 'NO',
      text: answer.confirmed ? 'the answer was run again with another seed, and held' : 'the answer was measured once',
      tone: answer.confirmed ? 'good' : 'warn',
    },
    search.require === null
      ? {
          label: 'search',
          word: plural(steps.length, 'step').toUpperCase(),
          text: `${AXES[search.axis]}, closed to ${formatPercent(search.precision)}`,
          tone: 'plain',
        }
      : {
          label: 'required',
          word: exitCode === 0 ? 'MET' : exitCode === 99 ? 'NOT MET' : 'NOT DECIDED',
          text: requireText(document),
          tone,
        },
    { label: 'answer', word: answerWord(document), text: afterWord(answer.text), tone },
  ];
}

const AXES = {
  connections: 'over connections',
  subscribers: 'over subscribers',
  rate: 'over the rate',
  both: 'over connections and the rate',
};

/** `p99 < 50 ms` of `ws_response_time p(99)<50ms`, in the words of the SLO where they are short. */
function limitWord({ quantile, limitUs }: CapacityDocument['search']): string {
  return `${quantile} within ${Number((limitUs / 1000).toPrecision(6))} ms`;
}

function limitLine({ limitedBy, end }: CapacityDocument['answer']): VerdictLine {
  const label = 'limited by';
  if (limitedBy === null) {
    const text = end === 'max' ? 'no step failed up to the highest load asked for' : 'nothing that was seen';
    return { label, word: 'NOTHING', text, tone: 'warn' };
  }
  const words = { target: 'THE TARGET', client: 'THE GENERATOR', samples: 'TOO FEW REPLIES' };
  return { label, word: words[limitedBy.by], text: limitedBy.text, tone: limitedBy.by === 'target' ? 'plain' : 'warn' };
}

function answerWord({ answer, search }: CapacityDocument): string {
  const { connections, ratePerSecond, atLeast, limitedBy } = answer;
  if (connections === null) return limitedBy?.by === 'target' ? 'NO CAPACITY' : 'NO ANSWER';
  const bound = atLeast ? '≥ ' : '';
  if (search.axis === 'subscribers')
    return `${bound}${formatCount(levelOf(search, { connections, askedPerSecond: null }))} subscribers`;
  if (search.axis === 'connections' || ratePerSecond === null) return `${bound}${plural(connections, 'connection')}`;
  return `${bound}${formatCount(ratePerSecond)} msg/s`;
}

/**
 * The answer without what its word says already: `at 1/s each, p99 41 ms` of `>= 10 connections at 1/s each, p99 41
 * ms`.
 */
function afterWord(text: string): string {
  return text.replace(/^(?:no (?:answer|capacity): |(?:>= )?[\d,.]+ (?:connections?|subscribers?|msg\/s),? ?)/, '');
}

/** What a reader can do about the end of the search. */
function reasonsOf({ answer, search }: CapacityDocument): ReasonLine[] {
  const { limitedBy } = answer;
  const reasons: ReasonLine[] = [];
  if (limitedBy !== null && limitedBy.fix !== null) {
    const severity = limitedBy.by === 'client' ? 'degraded' : 'note';
    reasons.push({ code: 'limit', where: 'answer', severity, message: limitedBy.text, fix: limitedBy.fix });
  }
  if (search.maxNote !== null && search.maxNote !== limitedBy?.text) {
    reasons.push({ code: 'highest load', where: 'search', severity: 'note', message: search.maxNote, fix: null });
  }
  return reasons;
}

function stepTable({ steps, search }: CapacityDocument): StepTable {
  const columns = stepColumns(search);
  return {
    heads: columns.map(({ name, unit, align }) => ({ name, unit, right: align === 'right' })),
    rows: steps.map((step) => ({
      cells: columns.map(({ text }) => text(step)),
      ...{ word: stepWord(step), tone: stepTone(step), why: step.why ?? '', fix: step.fix ?? '' },
    })),
  };
}

function stepTone({ passed, by, why }: CapacityStepRow): Tone {
  if (passed) return why === null ? 'good' : 'warn';
  return by === 'target' ? 'bad' : 'warn';
}

function factsOf(document: CapacityDocument): Fact[] {
  const { status, startedAt, endedAt, target, tool, workers, pacing, seed, labels, search, exitCode } = document;
  const from = search.from.ratePerSecond;
  return [
    ['Status', status],
    ['Started', startedAt],
    ['Ended', endedAt],
    ['Target', targetText(target)],
    ...(target.engine === null ? [] : [['Server engine', target.engine] satisfies Fact]),
    ['Load', `${search.load}: ${search.model}, ${search.arrival} arrivals`],
    ['SLO', search.slo],
    [
      'First step',
      `${formatCount(search.from.connections)} connections, ${from === null ? 'replies set the pace' : `${formatCount(from)} msg/s`}`,
    ],
    ['Highest load', search.maxNote ?? highestText(search)],
    ['Generator', `${tool.name} ${tool.version}, engine ${tool.engine}`],
    ['Workers', `${workers}, pacing ${pacing}`],
    ['Seed', String(seed)],
    ['Exit code', String(exitCode)],
    ...Object.entries(labels).map(([name, value]): Fact => [`Label ${name}`, value]),
  ];
}

function highestText({ axis, max }: CapacityDocument['search']): string {
  return axis === 'rate' ? `${formatCount(max.ratePerSecond)} msg/s` : `${formatCount(max.connections)} connections`;
}
