import path from 'node:path';
import { runTurns } from '../campaign/ab-campaign.js';
import { AbRounds, type Turn } from '../campaign/ab-rounds.js';
import type { GroupRunner } from '../coordinator/group-runner.js';
import type { Route } from '../coordinator/route.js';
import type { ComparisonDocument } from '../documents/comparison-schema.js';
import { Redactor } from '../documents/redaction/redact.js';
import { EXIT, type ExitCode, WsurgeError } from '../errors.js';
import { FleetError } from '../fleet/refused.js';
import { toolVersion } from '../machine/tool-version.js';
import type { Plan } from '../plan/plan.js';
import { redactProfile } from '../profile/redact.js';
import { jsonText } from '../report/run/json.js';
import { TURNS_FILE, turnsText } from '../store/ab-turns.js';
import { createParentFolder, RESULT_FILE, type RunFolder } from '../store/run-folder.js';
import type { Side } from '../verdict/compare/compared-run.js';
import { pairedCells } from '../verdict/compare/paired-cells.js';
import { isSettled } from '../verdict/compare/settled.js';
import { type AbState, finalDocument } from './ab-document.js';
import { askedOf, resume, turnLine } from './ab-resume.js';
import { type AbTurn, runTurn } from './ab-turn.js';
import { type Crew, type CrewAsked, generatorsOf, type LeasedCrew, routeOfAgents } from './crew.js';
import type { Ended } from './ended.js';
import type { PlanEvent } from './events.js';
import { planRun } from './run-plan.js';
import type { Surroundings } from './surroundings.js';
import { loadThreads, permitted } from './target-session.js';
import type { AbTask } from './tasks.js';
import type { LoadWatch } from './watch.js';
import { endpointFor, notesOf } from './way.js';
import { type OwnedRun, type RunFacts, withRunFolder } from './with-run-folder.js';

/** Reports that a comparison writes beside its result. */
const REPORTS = ['md', 'html', 'junit'] as const;

/** What is told of a comparison. */
export interface AbWatch extends LoadWatch {
  /** The folder is there, and the first turn comes next. */
  begins(state: AbState): void;
  turnStarts(turn: Turn): void;
  turnDone(turn: AbTurn, state: AbState): void;
}

/** The plan of every turn. Throws WsurgeError (104) as `planRun` does. */
export function planTurns({ builds, settings }: AbTask, crew: Crew | null = null): Plan {
  return planRun({ parsed: builds.a.parsed, settings }, 'asked', crew);
}

/** What a comparison asks of agents. */
export function crewAsked({ builds: { a, b }, settings }: AbTask): Omit<CrewAsked, 'plan'> {
  return { parsed: [a.parsed, b.parsed], settings };
}

/** `folder`: null where nothing will be run. */
export function planEvent({ builds: { a, b } }: AbTask, plan: Plan, folder: string | null): PlanEvent {
  const { cells, workers, pacing } = plan;
  const targets = [a.name, b.name];
  return { type: 'plan', command: 'ab', name: a.parsed.profile.name, folder, targets, cells, workers, pacing };
}

/** Of both builds. */
export function secretsOf({ builds }: AbTask): string[] {
  return [...builds.a.parsed.secrets, ...builds.b.parsed.secrets];
}

interface Job {
  readonly task: AbTask;
  readonly plan: Plan;
  readonly around: Surroundings;
  readonly watch: AbWatch;
  readonly routes: Readonly<Record<Side, Route>>;
  /** The agents that make the load; null: this machine does. */
  readonly crew: LeasedCrew | null;
}

/**
 * Measures two builds in turns, on a fresh server each time, until a look settles it. A comparison that never got to the
 * end of its first turn leaves no folder, unless it goes on with an older one. `crew`: made the plan.
 */
export async function compareBuilds(
  task: AbTask,
  plan: Plan,
  around: Surroundings,
  watch: AbWatch,
  crew: Crew | null = null,
): Promise<Ended<ComparisonDocument>> {
  if (crew === null) return await compareFrom({ task, plan, around, watch, crew }, await routesOf(task, plan, around));
  const { a, b } = task.builds;
  const routes = { a: routeOfAgents(a.parsed.profile), b: routeOfAgents(b.parsed.profile) };
  // For all turns: an agent that is given back between two of them may be somebody else's in the next.
  const leased = crew.lease(plan);
  try {
    await reachServers(task, plan, leased, around);
    return await compareFrom({ task, plan, around, watch, crew: leased }, routes);
  } finally {
    await leased.runner.dispose();
  }
}

type Routes = Job['routes'];

async function routesOf({ builds, settings }: AbTask, plan: Plan, { env }: Surroundings): Promise<Routes> {
  const routeTo = (side: Side) => permitted(builds[side].parsed.profile, plan, settings.allowTargets, env);
  return { a: await routeTo('a'), b: await routeTo('b') };
}

/** Servers that run already are judged before the first turn, as this machine judges them. */
async function reachServers({ builds }: AbTask, plan: Plan, crew: LeasedCrew, around: Surroundings): Promise<void> {
  for (const { kind, parsed } of [builds.a, builds.b]) {
    const { profile } = parsed;
    if (kind !== 'url' || profile.target.kind !== 'url') continue;
    await crew.reach({ parsed, plan }, endpointFor(profile, profile.target, routeOfAgents(profile)), around, () => {});
  }
}

async function compareFrom(from: Omit<Job, 'routes'>, routes: Routes): Promise<Ended<ComparisonDocument>> {
  const job: Job = { ...from, routes };
  const { task, plan, watch } = job;
  watch.warn(notesOf([routes.a, routes.b]));
  const begun = task.resume === null ? begin(job) : await goOn(job, task.resume);
  const make = async (now: Date) => {
    const folder = await begun.make(now);
    watch.tell(planEvent(task, plan, folder.path), null);
    return folder;
  };
  const spec = { ...begun, make, secrets: secretsOf(task), open: async () => threads(job) };
  return await withRunFolder(spec, (owned) => inFolder(job, owned, begun.turns));
}

/** Where a comparison is kept, and the turns that it has already. */
interface Begun {
  readonly make: (now: Date) => Promise<RunFolder>;
  readonly begunAt?: Date;
  readonly turns: AbTurn[];
}

function begin({ task, around }: Job): Begun {
  const name = `ab-${task.builds.a.parsed.profile.name}`;
  const outputDir = path.resolve(around.cwd, task.settings.outputDir);
  return { make: (now) => createParentFolder(outputDir, name, now), turns: [] };
}

async function goOn(job: Job, folder: string): Promise<Begun> {
  const facts = factsOf(job, new Redactor(secretsOf(job.task)));
  const { parent, createdAt, turns } = await resume(path.resolve(job.around.cwd, folder), folder, facts);
  return { make: () => Promise.resolve(parent), begunAt: createdAt, turns };
}

/** What loads every turn. The agents of a crew are given back by whoever leased them. */
function threads({ task, plan, crew }: Job): { readonly runner: GroupRunner; readonly close: () => Promise<void> } {
  if (crew !== null) return { runner: crew.runner, close: () => Promise.resolve() };
  const runner = loadThreads(task.builds.a.parsed.profile, plan);
  return { runner, close: () => runner.dispose() };
}

type Owned = OwnedRun<ReturnType<typeof threads>>;

async function inFolder(job: Job, owned: Owned, turns: AbTurn[]): Promise<Ended<ComparisonDocument>> {
  const { task, around, watch } = job;
  const { folder, redactor, startedAt: createdAt } = owned;
  const { seed } = task.builds.a.parsed.profile;
  let left: string | null = null;
  const state = (): AbState => {
    return { task, turns, seed, createdAt, redactor, isInterrupted: around.signal.aborted, left };
  };
  if (turns.length > 0) owned.keep();
  await owned.prepare(() => factsOf(job, redactor));
  watch.begins(state());
  await takeTurns(job, owned, turns, state, (why) => {
    left = why;
    owned.keep();
  });
  if (turns.length === 0 && around.signal.aborted) throw interruptedError();
  const result = finalDocument(state());
  // With other agents it may go on where it ended.
  const status = around.signal.aborted || left !== null ? 'interrupted' : 'complete';
  const reports = await owned.end(status, [[RESULT_FILE, jsonText(result)]], REPORTS);
  const { word, passed } = result.outcome;
  const exitCode = result.outcome.exitCode as ExitCode;
  watch.tell({ type: 'verdict', passed, exitCode, validity: null, target: null, word, answer: null }, null);
  return { exitCode, result, folder: folder.path, reports };
}

/**
 * Adds to `turns` until a look settles the comparison, a server ends, an agent does not stay, or an interrupt comes.
 * `onLeft`: told what became of that agent.
 */
async function takeTurns(
  job: Job,
  owned: Owned,
  turns: AbTurn[],
  state: () => AbState,
  onLeft: (why: string) => void,
): Promise<void> {
  const { task, plan, around, watch, routes, crew } = job;
  const { folder: parent, redactor, target } = owned;
  const { looks, metrics } = task;
  const deps = { task, plan, around, watch, routes, crew, parent, turns };
  const { runner } = target;
  await runTurns({
    done: turns,
    source: new AbRounds<AbTurn>({
      ...{ seed: state().seed, looks },
      settled: (rounds) => {
        const runs = rounds.map(({ a, b }) => ({ a: a.run, b: b.run }));
        return isSettled(pairedCells(runs, metrics, true), metrics, looks.at(-1)!);
      },
    }),
    runTurn: async (turn) => {
      watch.turnStarts(turn);
      try {
        const { left, ...ran } = await runTurn(turn, { ...deps, runner, secrets: secretsOf(task) });
        if (left === null) return ran;
        onLeft(left);
      } catch (error) {
        // Between two turns. Before the first one there is nothing to keep.
        if (!(error instanceof FleetError) || turns.length === 0) throw error;
        onLeft(error.message);
      }
      return null;
    },
    isLast: ({ ended }) => ended !== null,
    onTurn: async (turn) => {
      turns.push(turn);
      owned.keep();
      await parent.writeReport(TURNS_FILE, turnsText(turns.map((each) => turnLine(each, redactor))));
      watch.turnDone(turn, state());
    },
    interrupt: around.signal,
  });
}

function interruptedError(): WsurgeError {
  return new WsurgeError(EXIT.interrupted, 'interrupted', 'stopped in the first turn: there is nothing to compare yet');
}

/** run.json: the comparison as it was asked for. */
function factsOf({ task, plan, crew }: Job, redactor: Redactor): RunFacts {
  const { a, b } = task.builds;
  const { profile, secrets } = a.parsed;
  return {
    labels: redactor.json(profile.labels),
    tool: { name: 'wsurge', version: toolVersion() },
    environment: { generators: generatorsOf(crew) },
    target: { a: redactor.text(a.name), b: redactor.text(b.name), isAa: task.isAa },
    profile: redactProfile(profile, secrets),
    planHash: plan.hash,
    seed: profile.seed,
    workers: plan.workers,
    asked: askedOf(task, redactor),
  };
}
