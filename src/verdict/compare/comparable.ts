/** Whether two runs may be compared, and what differs between them. */
import { workerCountOf } from '../../metrics/client-result.js';
import { type GeneratorEnvironment, loadingMachines } from '../../metrics/environment.js';
import type { ComparedCell, ComparedRun } from './compared-run.js';

/** One difference that a comparison would measure in place of the builds. */
export interface Difference {
  readonly kind: 'model' | 'load' | 'pacing' | 'message' | 'environment';
  /** Cell id; null if it concerns the whole run. */
  readonly cell: string | null;
  readonly what: string;
  readonly a: string;
  readonly b: string;
}

/** What connections say, as one fact. */
const TALK = 'session, rules and requests';
/** Lists of it whose parts have names. */
const NAMED_PARTS: ReadonlySet<string> = new Set(['requests']);
const WORDS: Readonly<Record<string, string>> = { when: 'rules' };

type Facts = readonly (readonly [kind: Difference['kind'], what: string, value: unknown])[];

/**
 * All differences between two runs, in their environment and in the cells that both have. Seeds, thresholds, labels,
 * host names and the target itself may differ.
 */
export function differencesBetween(a: ComparedRun, b: ComparedRun): Difference[] {
  const ofCells = a.cells.flatMap((cell) => {
    const other = b.cells.find(({ id }) => id === cell.id);
    return other === undefined ? [] : differing(cell.id, toldFacts(a, cell), toldFacts(b, other));
  });
  return [...differing(null, environmentFacts(a), environmentFacts(b)), ...ofCells];
}

function differing(cell: string | null, a: Facts, b: Facts): Difference[] {
  const valueIn = (facts: Facts, wanted: string) => textOf(facts.find(([, what]) => what === wanted)?.[2]);
  const further = b.filter(([, what]) => !a.some(([, known]) => known === what));
  return [...a, ...further].flatMap(([kind, what]) => {
    const [mine, other] = [valueIn(a, what), valueIn(b, what)];
    return mine === other ? [] : [{ kind, cell, what, a: mine, b: other }];
  });
}

const GENERATOR_FACTS: readonly (readonly [what: string, of: (generator: GeneratorEnvironment) => string | number])[] =
  [
    ['CPU', ({ cpu }) => cpu],
    ['cores', ({ cores }) => cores],
    ['kernel', ({ kernel }) => kernel],
    ['Node', ({ node }) => node],
  ];

function environmentFacts({ environment, tool }: ComparedRun): Facts {
  const generators = inOneOrder(loadingMachines(environment.generators));
  const facts = GENERATOR_FACTS.map(([what, of]) => ['environment', what, counted(generators.map(of))] as const);
  return [...facts, ['environment', 'wsurge version', tool.version]];
}

/** By their facts: the same machines are the same environment, whichever of them is named first. */
function inOneOrder(generators: readonly GeneratorEnvironment[]): readonly GeneratorEnvironment[] {
  const key = (generator: GeneratorEnvironment) => JSON.stringify(GENERATOR_FACTS.map(([, of]) => of(generator)));
  const keyed = generators.map((generator) => ({ generator, key: key(generator) }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ generator }) => generator);
}

/** Equal neighbours as one: `3 x Xeon`. */
export function counted(values: readonly (string | number)[]): (string | number)[] {
  const runs: { readonly value: string | number; times: number }[] = [];
  for (const value of values) {
    const last = runs.at(-1);
    if (last?.value === value) last.times++;
    else runs.push({ value, times: 1 });
  }
  return runs.map(({ value, times }) => (times === 1 ? value : `${times} x ${value}`));
}

/** The environment of a run as one line of text. Equal for runs that may be compared. */
export function environmentFingerprint(run: ComparedRun): string {
  return wordsOf(environmentFacts(run));
}

/** The load of a cell as one line of text. Equal for cells that may be compared. */
export function cellFingerprint(run: ComparedRun, cell: ComparedCell): string {
  return wordsOf(cellFacts(run, cell));
}

function wordsOf(facts: Facts): string {
  return facts.map(([, what, value]) => `${what} ${textOf(value)}`).join(', ');
}

function cellFacts(run: ComparedRun, cell: ComparedCell): Facts {
  const load = loadOf(run.profile, cell.load);
  return [
    ['model', 'model', cell.model],
    ['load', 'arrival', cell.arrival],
    ['load', 'connections', cell.axes.connections],
    ['load', 'rate', cell.axes.rate],
    ['load', 'measured time, ms', measuredMs(cell, load['durationMs'])],
    ['load', 'warm-up, ms', load['warmupMs']],
    ['load', 'messages in flight on a connection', load['inFlight']],
    ['load', 'think time, ms', load['thinkMs']],
    ['load', 'connects a second', load['connectRate']],
    ['load', 'cap on unanswered messages', load['maxInFlight']],
    ['pacing', 'pacing', cell.pacing],
    ['pacing', 'workers', workerCountOf(cell.client)],
    ['message', 'message', load['message']],
    ['message', 'reply', load['reply']],
    ...talkFacts(run.profile, load),
  ];
}

/** The same facts for a reader: what connections say is told part by part, so that what differs can be seen. */
function toldFacts(run: ComparedRun, cell: ComparedCell): Facts {
  return cellFacts(run, cell).flatMap(
    (fact): Facts => (fact[1] === TALK && isRecord(fact[2]) ? partsOf(fact[2]) : [fact]),
  );
}

function partsOf(talk: Readonly<Record<string, unknown>>): Facts {
  return Object.entries(talk).flatMap(([key, value]): Facts => {
    if (value === null || (Array.isArray(value) && value.length === 0)) return [];
    if (!NAMED_PARTS.has(key) || !Array.isArray(value)) return [['message', WORDS[key] ?? key, value]];
    return value.map((part, i) => ['message', `${key.replace(/s$/, '')} ${isRecord(part) ? part['name'] : i}`, part]);
  });
}

/** None where a load has no words for it, so that the facts of such a load are what they were. */
function talkFacts(profile: unknown, { talk }: Readonly<Record<string, unknown>>): Facts {
  if (talk === undefined || talk === null || !isRecord(profile)) return [];
  return [
    ['message', 'protocol', profile['protocol']],
    ['message', TALK, talk],
  ];
}

/**
 * As the load says, where its every second was measured: on a busy machine the end of a phase is noticed late. Else as
 * it was, rounded to tenths of a second, since it varies by chance.
 */
function measuredMs({ phases, seconds }: ComparedCell, plannedMs: unknown): number | undefined {
  const measure = phases.find(({ name }) => name === 'measure');
  if (measure === undefined) return undefined;
  const ms = Math.round((measure.toMs - measure.fromMs) / 100) * 100;
  if (typeof plannedMs !== 'number' || ms < plannedMs) return ms;
  const measured = seconds.filter(({ phase }) => phase === 'measure').length;
  return measured === Math.ceil(plannedMs / 1000) ? Math.round(plannedMs / 100) * 100 : ms;
}

/** The load's own settings in a resolved profile. Empty if no load has this name. */
function loadOf(profile: unknown, name: string): Readonly<Record<string, unknown>> {
  if (!isRecord(profile) || !Array.isArray(profile['load'])) return {};
  return profile['load'].find((load) => isRecord(load) && load['name'] === name) ?? {};
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(' + ');
  if (value === undefined || value === null) return 'none';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
