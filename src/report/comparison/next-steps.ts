/** What a reader of a comparison can do next, by how it came out. */

import type { ComparisonDocument, ComparisonMetric } from '../../documents/comparison-schema.js';
import { EXIT } from '../../errors.js';
import { formatPercent } from '../../units.js';
import { LOOKS } from '../../verdict/compare/looks.js';

const GO_ON = 'go on: the same command with --resume and this folder';
const TURNS = "wsurge ab --a '<command of A>' --b '<command of B>' <profile>";

export function nextSteps(document: ComparisonDocument): string[] {
  const { method, outcome } = document;
  if (outcome.word === 'INVALID') return ofNothing(document);
  if (isCutShort(document)) return [`${GO_ON}; what stands here is of the last look that was reached`];
  if (isWithItself(document)) return ofItself(document);
  if (outcome.regressions.length > 0) return ofWorse(method);
  const open = openMetrics(document);
  if (open.length === 0) return ['nothing: by these figures, B can take the place of A'];
  return method === 'rounds' ? ofOpenRounds(document, open) : ofOpenRuns(document);
}

/** By hand, or by an agent that did not stay: the turns that there are can be gone on with. */
function isCutShort({ outcome, rounds }: ComparisonDocument): boolean {
  return outcome.exitCode === EXIT.interrupted || rounds?.stopped === 'interrupted' || rounds?.stopped === 'agent_gone';
}

function ofNothing(document: ComparisonDocument): string[] {
  const { method, outcome, a } = document;
  // The build failed; the measurement did not.
  if (outcome.ended?.side === 'a')
    return [`mend what ended A (${a.label}), or compare with a build that holds this load`];
  if (isCutShort(document)) {
    return [
      `${GO_ON}; the first look is after ${LOOKS[0]} rounds`,
      'or compare the turns there are, as saved runs: wsurge compare rounds/*-a* --vs rounds/*-b*',
    ];
  }
  const reports = method === 'rounds' ? 'report.md of each turn, under rounds/,' : 'report.md of each run';
  return [
    `make room for wsurge on this machine: ${reports} says what stood in its way, and wsurge doctor what to change`,
    'then run it again; a lower load (-R, -c) needs less of the machine',
  ];
}

function ofWorse(method: ComparisonDocument['method']): string[] {
  if (method === 'rounds') {
    return [
      'see what changed from A to B; every turn of either has its own report.md under rounds/',
      'in doubt whether it is the machine: wsurge ab --aa with the same flags compares A with itself',
    ];
  }
  return [`see what changed from A to B; in doubt have it confirmed, in turns on one machine: ${TURNS}`];
}

function ofOpenRounds({ rounds }: ComparisonDocument, open: readonly ComparisonMetric[]): string[] {
  const [widest] = [...open].sort((x, y) => y.margin - x.margin);
  return [
    ...moreRounds(open, rounds?.most ?? rounds?.valid ?? 0),
    'longer cells (-d) narrow the ranges, and so does a machine with nothing else to do (wsurge doctor)',
    `or ask a coarser question, where a larger change would not matter: --margin ${widest!.metric}=${formatPercent(2 * widest!.margin).replace(' ', '')}`,
  ];
}

/** Advice to run more rounds, only if a look can settle everything that is open. */
function moreRounds(open: readonly ComparisonMetric[], asked: number): string[] {
  const needed = open.map(({ roundsNeeded, readings = null }) => (readings?.disagree === true ? null : roundsNeeded));
  const rounds = LOOKS.find((look) => needed.every((each) => each !== null && each <= look));
  return rounds === undefined || rounds <= asked ? [] : [`more rounds narrow the ranges: --rounds ${rounds}`];
}

function ofOpenRuns({ method, noise }: ComparisonDocument): string[] {
  const turns = `compare in turns, which tells most: ${TURNS}`;
  if (method === 'runs') return [turns, 'or add runs to either side'];
  const more = 'or give several runs a side: wsurge compare A1 A2 A3 --vs B1 B2 B3';
  if (noise.source !== 'none') return [turns, more];
  return [turns, more, 'or say how far runs of one build lie apart: --noise 3%, or --history history.ndjson'];
}

/** `--aa`: both sides are one build, so every difference is the machine's doing. */
function isWithItself({ method, a, b }: ComparisonDocument): boolean {
  return method === 'rounds' && a.label === b.label;
}

function ofItself(document: ComparisonDocument): string[] {
  const metrics = gating(document);
  if (metrics.some(({ word }) => word === 'REGRESSED' || word === 'IMPROVED')) {
    return ['find what disturbs this machine (wsurge doctor) before builds are compared on it: A differs from itself'];
  }
  if (openMetrics(document).length > 0) {
    return [
      'the noise of this machine is larger than the margins: longer cells (-d), more rounds, or a machine with nothing else to do (wsurge doctor)',
    ];
  }
  return ['compare builds here with the same flags: with this load a change past the margins would be seen'];
}

function openMetrics(document: ComparisonDocument): ComparisonMetric[] {
  return gating(document).filter(({ word }) => word === 'INCONCLUSIVE');
}

function gating({ cells }: ComparisonDocument): ComparisonMetric[] {
  return cells.flatMap(({ metrics }) => metrics.filter(({ gate }) => gate));
}
