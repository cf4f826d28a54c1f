import path from 'node:path';
import picocolors from 'picocolors';
import type { JudgedCellEvent, RunEvent } from '../../app/events.js';
import { CLIENT_ENGINE } from '../../app/run-documents.js';
import { targetName } from '../../app/target-place.js';
import { UntilPrecise } from '../../campaign/until-precise.js';
import type { Redactor } from '../../documents/redaction/redact.js';
import type { ResultDocument } from '../../documents/result-document.js';
import { type Cell, hasReplies, isRamp } from '../../plan/cell.js';
import { sends } from '../../plan/cells.js';
import { MODELS } from '../../plan/models.js';
import { needsOf } from '../../plan/needs.js';
import { twinOf } from '../../plan/null-twin.js';
import { cellMs, type Plan, plannedMessages } from '../../plan/plan.js';
import type { Profile } from '../../profile/profile.js';
import { redactUrl } from '../../profile/redact.js';
import type { Trait } from '../../report/run/column.js';
import { jsonReporter } from '../../report/run/json.js';
import type { PlannedCell, PlanSummary, Spoken } from '../../report/run/plan-summary.js';
import { rowOf } from '../../report/run/rows.js';
import { spokenText } from '../../report/run/spoken-text.js';
import { type TableShape, tableShapes } from '../../report/run/table-shape.js';
import { reportModel } from '../../report/run/tables.js';
import { closingText, planCellsText, planText, reportText } from '../../report/run/terminal.js';
import { rowLines, tableHeader } from '../../report/run/terminal-table.js';
import type { TerminalStyle } from '../../report/shared/terminal-table.js';
import { gatesOf } from '../../verdict/gates.js';
import { type CliIo, type Output, wantsColor } from '../io.js';
import type { RunSettings } from '../options/run-options.js';
import { agentLeavesTexts } from './agent-left.js';
import { LiveProgress } from './live-progress.js';
import { pageOf } from './page.js';

const NARROWEST = 80;

/** Everything a run shows, during the run and at its end. Results go to stdout, the rest to stderr. */
export class RunView {
  readonly #io: CliIo;
  readonly #settings: RunSettings;
  readonly #redactor: Redactor;
  readonly #profile: Profile;
  readonly #plan: Plan;
  /** The output for people: stdout, or stderr if stdout is for a JSON document. */
  readonly #page: Output;
  readonly #style: TerminalStyle;
  readonly #shapes: readonly TableShape[];
  readonly #progress: LiveProgress;
  #headed: TableShape | null = null;
  /** Cells whose rows are printed already. */
  readonly #printed = new Set<string>();

  constructor(io: CliIo, settings: RunSettings, redactor: Redactor, profile: Profile, plan: Plan) {
    this.#io = io;
    this.#settings = settings;
    this.#redactor = redactor;
    this.#profile = profile;
    this.#plan = plan;
    this.#page = pageOf(io, settings);
    this.#style = {
      colors: picocolors.createColors(wantsColor(io, this.#page)),
      columns: Math.max(NARROWEST, Math.min(this.#page.columns, 120)),
      wide: settings.wide,
    };
    this.#shapes = tableShapes(plan.cells.map(shapeOf));
    this.#progress = new LiveProgress({
      ...{ io, plan, enabled: settings.progress && !settings.quiet },
      safe: (text) => redactor.text(text),
    });
  }

  /** Prints where a live page of the run is. */
  live(line: string): void {
    if (!this.#settings.quiet) this.#warn(`${line}\n`);
  }

  /** `--dry-run`: prints what would run. `says`: what connection 0 of each cell would say. */
  dryRun(says: readonly (Spoken | null)[]): void {
    const planned = { ...this.#summary(), ...this.#pacingOfAgents() };
    const cells = planned.cells.map((cell, i) => ({ ...cell, ...(says[i] == null ? {} : { says: says[i] }) }));
    const summary = { ...planned, cells };
    if (this.#settings.json) {
      this.#io.stdout.write(`${this.#redactor.text(JSON.stringify(summary, null, 2))}\n`);
      return;
    }
    this.#say(planText(summary, this.#style));
    const spoken = spokenText(summary, this.#style);
    const parts = [planCellsText(summary, this.#style), ...(spoken === '' ? [] : [spoken])];
    this.#say(`\n${parts.join('\n')}\nnothing was sent: this was a dry run\n`);
  }

  /** Prints what the canary found out. */
  canary(line: string, hint: string | null): void {
    if (this.#settings.quiet) return;
    this.#warn(`canary: ${line}\n`);
    if (hint !== null) this.#warn(`for the faster server engine: ${hint}\n`);
  }

  /** Prints the plan before the load. `url`: where the target really listens. `engine`: its server engine, if known. */
  begin(url: string, engine: string | null): void {
    const kind = this.#profile.target.kind === 'embedded' ? ['embedded server'] : [];
    const known = [...kind, ...(engine === null ? [] : [`engine ${engine}`])].join(', ');
    const target = `${redactUrl(url)}${known === '' ? '' : ` (${known})`}`;
    if (!this.#settings.quiet) this.#say(`${planText({ ...this.#summary(), target }, this.#style)}\n`);
  }

  /** Prints remarks that change neither verdict nor exit code. */
  warn(texts: readonly string[]): void {
    if (this.#settings.quiet) return;
    this.#progress.clear();
    for (const text of texts) this.#warn(`warning: ${text}\n`);
  }

  /** Draws the progress, and the row of every finished cell. */
  tell(event: RunEvent): void {
    this.#progress.tell(event);
    if (event.type === 'agent-left') this.warn(agentLeavesTexts(event));
    if (event.type === 'cell') this.#row(event);
  }

  /** Prints what is not on the screen yet, then the verdict, then where the report is. */
  finish(document: ResultDocument, folder: string): void {
    this.end();
    const model = reportModel(document);
    const report = path.relative(this.#io.cwd, path.join(folder, 'report.html')) || folder;
    this.#say(`\n${reportText(model, this.#style, this.#printed)}${closingText(model, report, this.#style)}`);
    if (this.#settings.json) this.#io.stdout.write(jsonReporter.render(document));
  }

  end(): void {
    this.#progress.end();
  }

  /** Prints the row of a finished cell, under the header of its load. */
  #row({ cell, result, judged: { validity, target } }: JudgedCellEvent): void {
    if (this.#settings.quiet) return;
    const shape = this.#shapes.find(({ cells }) => cells.includes(cell.id));
    if (shape === undefined || shape.kind === 'ramp') return;
    this.#progress.clear();
    if (this.#headed !== shape) {
      this.#say(`${this.#headed === null ? '' : '\n'}${tableHeader(shape, this.#style).join('\n')}\n`);
      this.#headed = shape;
    }
    const failed = this.#settings.defaultGates ? gatesOf(result).filter(({ passed }) => !passed) : [];
    const row = rowOf(shape.kind, { ...result, validity, target }, failed, shape.traits);
    this.#say(`${rowLines(row, shape, this.#style).join('\n')}\n`);
    this.#printed.add(cell.id);
  }

  /** Agents have cores of their own, which decide between ways to pace. */
  #pacingOfAgents(): Partial<PlanSummary> {
    return this.#settings.fleet === null ? {} : { pacing: this.#profile.pacing };
  }

  #summary(): PlanSummary {
    const { estimate, cells, workers, pacing } = this.#plan;
    return {
      name: this.#profile.name,
      target: targetName(this.#profile.target),
      cells: cells.map(plannedCell),
      connections: estimate.connections,
      peakConnections: estimate.peakConnections,
      messages: estimate.messages,
      ...{ workers, pacing },
      ...(this.#settings.fleet === null ? {} : { agents: this.#settings.fleet.agents }),
      engine: CLIENT_ENGINE,
      totalMs: estimate.totalMs,
      ...{ twinMs: estimate.twinMs, idleMs: estimate.idleMs },
      longestMs: estimate.totalMs + this.#mostExtendedMs(),
      memoryBytes: estimate.tableBytes,
      boardBytes: estimate.boardBytes,
    };
  }

  /** The most time that `--until-ci` may add to all cells and their null twins, ms. */
  #mostExtendedMs(): number {
    const goal = this.#settings.untilPrecise;
    if (goal === null) return 0;
    const extension = new UntilPrecise(goal);
    return this.#plan.cells.reduce((sum, cell) => {
      const isRunTwice = this.#plan.nullTwin && twinOf(cell).cell !== null;
      return sum + (extension.longestMs(cell) - cell.durationMs) * (isRunTwice ? 2 : 1);
    }, 0);
  }

  #say(text: string): void {
    if (this.#settings.json && this.#settings.quiet) return;
    this.#page.write(this.#redactor.text(text));
  }

  #warn(text: string): void {
    this.#io.stderr.write(this.#redactor.text(text));
  }
}

function shapeOf(cell: Cell) {
  const { id, load, model, arrival, axes } = cell;
  const traits = traitsIn(cell);
  return { id, load, model, arrival, axes, ramp: isRamp(cell), ...(traits.length === 0 ? {} : { traits }) };
}

/** What its result will have that not all results have. */
function traitsIn(cell: Cell): Trait[] {
  const { wire } = cell;
  if (wire === undefined) return [];
  const isWaiting = needsOf(wire)?.needs.some((needs) => needs.length > 0) ?? false;
  const delivers = wire.requests.some(({ reaches }) => reaches !== undefined) && !hasReplies(cell);
  return [
    ...(delivers ? (['delivers'] as const) : []),
    'speaks',
    ...(wire.steps.length > 0 ? (['session'] as const) : []),
    ...(isWaiting ? (['waits'] as const) : []),
  ];
}

function plannedCell(cell: Cell): PlannedCell {
  const messages = MODELS[cell.model].pacedBy === 'replies' ? null : sends(cell) ? plannedMessages(cell) : 0;
  return { ...shapeOf(cell), durationMs: cellMs(cell), messages };
}
