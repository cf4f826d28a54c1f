import path from 'node:path';
import { type AbState, finalDocument } from '../app/ab-document.js';
import { askedOf, resume, turnLine } from '../app/ab-resume.js';
import { type AbTurn, runTurn } from '../app/ab-turn.js';
import { type EventLog, withEvents } from '../app/event-log.js';
import { loadThreads, permitted } from '../app/target-session.js';
import { announce } from '../app/way.js';
import { runTurns } from '../campaign/ab-campaign.js';
import { AbRounds } from '../campaign/ab-rounds.js';
import type { Route } from '../coordinator/route.js';
import type { ComparisonDocument } from '../documents/comparison-schema.js';
import { Redactor } from '../documents/redaction/redact.js';
import { EXIT, type ExitCode, messageOf, WsurgeError } from '../errors.js';
import { describeGenerator } from '../machine/environment.js';
import { toolVersion } from '../machine/tool-version.js';
import type { Plan } from '../plan/plan.js';
import { redactProfile } from '../profile/redact.js';
import { jsonText } from '../report/run/json.js';
import { TURNS_FILE, turnsText } from '../store/ab-turns.js';
import { createParentFolder, RESULT_FILE, type RunFolder } from '../store/run-folder.js';
import type { RunStatus } from '../store/run-record.js';
import { pairedCells } from '../verdict/compare/paired-cells.js';
import { isSettled } from '../verdict/compare/settled.js';
import type { CliIo } from './io.js';
import type { AbRequest } from './options/ab-options.js';
import { appendSummary, reportFiles } from './report.js';
import { planFor } from './run.js';
import { AbView } from './views/ab-view.js';

/** `wsurge ab`: measures two builds in turns, on a fresh server each time, until a look settles it. Returns the exit code. */
export async function abCommand(request: AbRequest, io: CliIo): Promise<ExitCode> {
  const { builds, settings } = request;
  const { profile, secrets } = builds.a.parsed;
  const redactor = new Redactor([...secrets, ...builds.b.parsed.secrets]);
  const plan = planFor({ parsed: builds.a.parsed, settings }, 'asked');
  const view = new AbView(io, request, plan, redactor);
  if (request.note !== null) io.stderr.write(`note: ${request.note}\n`);
  return await withEvents(settings.events, io, redactor, async (events) => {
    const targets = [builds.a.name, builds.b.name];
    const planned = { ...plan, command: 'ab', name: profile.name, targets } as const;
    if (settings.dryRun) {
      events.tell({ type: 'plan', ...planned, folder: null });
      view.dryRun();
      return EXIT.passed;
    }
    const routes = {
      a: await permitted(profile, plan, settings.allowTargets, io.env),
      b: await permitted(builds.b.parsed.profile, plan, settings.allowTargets, io.env),
    };
    announce([routes.a, routes.b], io, settings.quiet);
    const asked = { request, plan, redactor, view, events, io, routes };
    const begun = request.resume === null ? await begin(asked) : await goOn(asked, request.resume);
    events.tell({ type: 'plan', ...planned, folder: begun.parent.path });
    return await inFolder({ ...asked, ...begun });
  });
}

type Asked = Omit<Ab, 'parent' | 'createdAt' | 'turns' | 'isNew'>;
type Begun = Pick<Ab, 'parent' | 'createdAt' | 'turns' | 'isNew'>;

async function begin({ request, io }: Asked): Promise<Begun> {
  const createdAt = new Date();
  const name = `ab-${request.builds.a.parsed.profile.name}`;
  const parent = await createParentFolder(path.resolve(io.cwd, request.settings.outputDir), name, createdAt);
  return { parent, createdAt, turns: [], isNew: true };
}

async function goOn(asked: Asked, folder: string): Promise<Begun> {
  return { ...(await resume(path.resolve(asked.io.cwd, folder), folder, facts(asked))), isNew: false };
}

interface Ab {
  readonly request: AbRequest;
  readonly plan: Plan;
  readonly redactor: Redactor;
  readonly view: AbView;
  readonly events: EventLog;
  readonly io: CliIo;
  readonly routes: { readonly a: Route; readonly b: Route };
  readonly parent: RunFolder;
  readonly createdAt: Date;
  /** Those so far: of a comparison that goes on, those of its whole rounds. */
  readonly turns: AbTurn[];
  readonly isNew: boolean;
}

/** Runs, judges, reports. A comparison that never got to its first turn leaves no folder. */
async function inFolder(ab: Ab): Promise<ExitCode> {
  const { request, plan, view, io, parent, turns, redactor } = ab;
  const { seed } = request.builds.a.parsed.profile;
  const state = (): AbState => ({
    ...{ request, turns, seed, createdAt: ab.createdAt, redactor: ab.redactor },
    isInterrupted: io.signal.aborted,
  });
  const runner = loadThreads(request.builds.a.parsed.profile, plan);
  try {
    await parent.writeRun(record(ab, 'running'));
    view.begin(state());
    await runTurns({
      done: turns,
      source: new AbRounds<AbTurn>({
        ...{ seed, looks: request.looks },
        settled: (rounds) => {
          const runs = rounds.map(({ a, b }) => ({ a: a.run, b: b.run }));
          return isSettled(pairedCells(runs, request.metrics, true), request.metrics, request.looks.at(-1)!);
        },
      }),
      runTurn: (turn) => {
        view.turnStarts(turn);
        return runTurn(turn, {
          ...ab,
          ...{ runner, turns },
          sink: view.sink,
        });
      },
      isLast: ({ ended }) => ended !== null,
      onTurn: async (turn) => {
        turns.push(turn);
        await parent.writeReport(TURNS_FILE, turnsText(turns.map((each) => turnLine(each, redactor))));
        view.turnDone(turn, state());
      },
      interrupt: io.signal,
    });
    if (turns.length === 0 && io.signal.aborted) throw interruptedError();
    const document = finalDocument(state());
    await write(ab, document);
    const { word, passed, exitCode } = document.outcome;
    ab.events.tell({ type: 'verdict', passed, exitCode, validity: null, target: null, word, answer: null });
    view.finish(document, parent.path);
    return document.outcome.exitCode as ExitCode;
  } catch (error) {
    if (turns.length > 0)
      await parent.writeRun({ ...record(ab, 'crashed'), error: ab.redactor.text(messageOf(error)) });
    throw error;
  } finally {
    view.end();
    await runner.dispose();
    await parent.close();
    if (turns.length === 0 && ab.isNew) await parent.remove();
  }
}

function interruptedError(): WsurgeError {
  return new WsurgeError(EXIT.interrupted, 'interrupted', 'stopped in the first turn: there is nothing to compare yet');
}

async function write(ab: Ab, document: ComparisonDocument): Promise<void> {
  const { parent, io } = ab;
  await parent.writeReport(RESULT_FILE, jsonText(document));
  await parent.writeRun(record(ab, io.signal.aborted ? 'interrupted' : 'complete'));
  // Rendered from the folder, exactly as `wsurge report` does later.
  const files = await reportFiles(parent.path, ['md', 'html', 'junit']);
  for (const { name, text } of files) await parent.writeReport(name, text);
  await appendSummary(io, files);
}

/** run.json: the comparison as it was asked for. */
function record(ab: Ab, status: RunStatus) {
  return { ...facts(ab), runId: ab.parent.runId, status, startedAt: ab.createdAt.toISOString() };
}

function facts({ request, plan, redactor }: Asked) {
  const { a, b } = request.builds;
  const { profile, secrets } = a.parsed;
  return {
    labels: redactor.json(profile.labels),
    tool: { name: 'wsurge', version: toolVersion() },
    environment: { generators: [describeGenerator()] },
    target: { a: redactor.text(a.name), b: redactor.text(b.name), isAa: request.isAa },
    profile: redactProfile(profile, secrets),
    planHash: plan.hash,
    seed: profile.seed,
    workers: plan.workers,
    asked: askedOf(request, redactor),
  };
}
