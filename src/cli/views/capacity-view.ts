import path from 'node:path';
import picocolors from 'picocolors';
import type { SearchSoFar } from '../../app/capacity.js';
import { type MemoryByCell, type PlannedSearch, stepHeads, stepRow } from '../../app/capacity-result.js';
import type { RunEvent } from '../../app/events.js';
import { targetName } from '../../app/target-place.js';
import type { CapacityStep } from '../../campaign/capacity-source.js';
import type { CapacityDocument } from '../../documents/capacity-document.js';
import type { Redactor } from '../../documents/redaction/redact.js';
import type { Cell } from '../../plan/cell.js';
import { capacityText, stepHeader, stepLines } from '../../report/capacity/terminal.js';
import { jsonText } from '../../report/run/json.js';
import type { Spoken } from '../../report/run/plan-summary.js';
import { spokenText } from '../../report/run/spoken-text.js';
import type { TerminalStyle } from '../../report/shared/terminal-table.js';
import { sanitize } from '../../text/sanitize.js';
import { formatCount, formatDuration } from '../../units.js';
import { type CliIo, type Output, wantsColor } from '../io.js';
import type { RunSettings } from '../options/run-options.js';
import { tellWarnings } from '../tell-warnings.js';
import { agentLeavesTexts } from './agent-left.js';
import { LiveProgress } from './live-progress.js';
import { pageOf } from './page.js';

const NARROWEST = 80;

/** Everything a capacity search shows, during the search and at its end. */
export class CapacityView {
  readonly #io: CliIo;
  readonly #settings: RunSettings;
  readonly #redactor: Redactor;
  readonly #planned: PlannedSearch;
  readonly #page: Output;
  readonly #style: TerminalStyle;
  readonly #progress: LiveProgress;
  /** Steps so far. How many a search takes is not known before. */
  readonly #started: Cell[] = [];
  #soFar: SearchSoFar | null = null;
  /** Steps whose rows are drawn. */
  #printed = 0;

  constructor(io: CliIo, settings: RunSettings, redactor: Redactor, planned: PlannedSearch) {
    this.#io = io;
    this.#settings = settings;
    this.#redactor = redactor;
    this.#planned = planned;
    this.#page = pageOf(io, settings);
    this.#style = {
      colors: picocolors.createColors(wantsColor(io, this.#page)),
      columns: Math.max(NARROWEST, Math.min(this.#page.columns, 120)),
      wide: false,
    };
    const plan = { ...planned.plan, cells: this.#started };
    this.#progress = new LiveProgress({
      ...{ io, plan, enabled: settings.progress && !settings.quiet },
      safe: (text) => redactor.text(text),
    });
  }

  canary(line: string, hint: string | null): void {
    if (this.#settings.quiet) return;
    this.#io.stderr.write(this.#redactor.text(`canary: ${line}\n`));
    if (hint !== null) this.#io.stderr.write(`for the faster server engine: ${hint}\n`);
  }

  /** Shows what will be searched. `target`: null for a dry run. */
  plan(target: { readonly url: string; readonly engine: string | null } | null, says: Spoken | null = null): void {
    if (this.#settings.quiet && target !== null) return;
    const { search, plan, task } = this.#planned;
    const { template, axis } = search;
    const address = target?.url ?? targetName(task.parsed.profile.target);
    const first = `${formatCount(template.connections.to)} connections, ${template.rate === null ? 'closed loop' : `${formatCount(template.rate.to)} msg/s`}`;
    const facts = {
      load: sanitize(template.load, 64),
      axis,
      slo: task.sloText,
      target: address,
      ...(target === null || target.engine === null ? {} : { engine: target.engine }),
      first,
      ...(axis === 'both' ? { rows: search.rows } : {}),
      most: this.#mostText(),
      step: `${formatDuration(template.warmupMs + template.durationMs)} or longer`,
      ...this.#makers(),
      pacing: plan.pacing,
    };
    if (target === null && this.#settings.json) {
      this.#io.stdout.write(this.#redactor.text(jsonText(says === null ? facts : { ...facts, says })));
      return;
    }
    const lines = Object.entries(facts).map(
      ([name, value]) => `${name.padEnd(9)} ${Array.isArray(value) ? value.join(', ') : value}`,
    );
    const end =
      target === null
        ? ['', ...this.#spoken(says), 'nothing was sent: this was a dry run']
        : ['', ...stepHeader(stepHeads(search), this.#style)];
    this.#say([...lines, ...end].join('\n'));
  }

  #mostText(): string {
    const { search, ceiling, task, room } = this.#planned;
    const { axis, maxConnections, maxRatePerSecond } = search;
    const isConnections = axis === 'connections' || axis === 'subscribers';
    const most = isConnections
      ? `${formatCount(maxConnections)} connections`
      : `${formatCount(maxRatePerSecond)} msg/s`;
    if (task.settings.fleet !== null && room === null) {
      return `${task.max === null ? '' : `${most}, or `}what the agents grant: a dry run asks none`;
    }
    return isConnections && ceiling.fix !== null ? `${most} (${ceiling.text})` : most;
  }

  /** Workers of this machine, or the agents; in a dry run how many are asked for. */
  #makers(): { readonly workers: number } | { readonly agents: string | number } {
    const { plan, room, task } = this.#planned;
    const { fleet } = task.settings;
    if (fleet === null) return { workers: plan.workers };
    if (room === null) return { agents: fleet.agents };
    return { agents: room.text };
  }

  /** What each step says; how many messages of each request is not known, because the steps differ. */
  #spoken(says: Spoken | null): string[] {
    if (says === null) return [];
    const { id, load } = this.#planned.search.template;
    const requests = says.requests.map((request) => ({ ...request, planned: null }));
    return [spokenText({ cells: [{ id, load, says: { ...says, requests } }] }, this.#style)];
  }

  /** The search has begun: from here on a row is drawn for every step that was judged. */
  search(soFar: SearchSoFar): void {
    this.#soFar = soFar;
  }

  /** Prints remarks on the agents and their broker. */
  warn(texts: readonly string[]): void {
    if (this.#settings.quiet) return;
    this.#progress.clear();
    tellWarnings(this.#io, texts);
  }

  /** Draws the progress, and the row of every step. */
  tell(event: RunEvent): void {
    if (event.type === 'cell-start') this.#started.push(event.cell);
    this.#progress.tell(event);
    if (event.type === 'agent-left') this.warn(agentLeavesTexts(event));
    const steps = this.#soFar?.steps() ?? [];
    // A step that was cut short is none: the last row stands already.
    if (event.type !== 'cell' || steps.length === this.#printed) return;
    this.#printed = steps.length;
    this.#step(steps.at(-1)!, this.#soFar!.memory);
  }

  /** Shows the answer, and where its report is. */
  finish(document: CapacityDocument, folder: string): void {
    this.#progress.end();
    const report = path.relative(this.#io.cwd, path.join(folder, 'report.html')) || folder;
    this.#say(`${capacityText(document, this.#style)}report     ${report}`);
    if (this.#settings.json) this.#io.stdout.write(jsonText(document));
  }

  end(): void {
    this.#progress.end();
  }

  #step(step: CapacityStep, memory: MemoryByCell): void {
    if (this.#settings.quiet) return;
    this.#progress.clear();
    this.#say(stepLines(stepRow(step, memory), stepHeads(this.#planned.search), this.#style).join('\n'));
  }

  #say(text: string): void {
    if (this.#settings.json && this.#settings.quiet) return;
    this.#page.write(this.#redactor.text(`${text}\n`));
  }
}
