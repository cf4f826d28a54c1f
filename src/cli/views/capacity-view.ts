import path from 'node:path';
import picocolors from 'picocolors';
import { type CapacityTask, quantileName, type SocketMemory, stepRow } from '../../app/capacity-result.js';
import type { CampaignObserver } from '../../campaign/campaign.js';
import type { CapacitySource } from '../../campaign/capacity-source.js';
import type { CapacityDocument } from '../../documents/capacity-document.js';
import type { Redactor } from '../../documents/redaction/redact.js';
import { socketMemoryBytes } from '../../machine/proc/socket-memory.js';
import type { CellResult } from '../../metrics/cell-result.js';
import type { Cell } from '../../plan/cell.js';
import { redactUrl } from '../../profile/redact.js';
import { capacityText, stepHeader, stepLines } from '../../report/capacity/terminal.js';
import { jsonText } from '../../report/run/json.js';
import type { TerminalStyle } from '../../report/shared/terminal-table.js';
import { sanitize } from '../../text/sanitize.js';
import { formatCount, formatDuration } from '../../units.js';
import { type CliIo, type Output, wantsColor } from '../io.js';
import type { RunSettings } from '../options/run-options.js';
import { type LineKeeper, LiveProgress } from './live-progress.js';

const NARROWEST = 80;

/**
 * Everything a capacity search shows, during the search and at its end. It also reads the kernel's memory around each
 * step.
 */
export class CapacityView {
  readonly #io: CliIo;
  readonly #settings: RunSettings;
  readonly #redactor: Redactor;
  readonly #task: CapacityTask;
  readonly #page: Output;
  readonly #style: TerminalStyle;
  readonly #progress: LiveProgress;
  /** Steps so far. How many a search takes is not known before. */
  readonly #started: Cell[] = [];
  readonly #results: CellResult[] = [];
  readonly #memory = new Map<string, { idle: number | null; loaded: number | null }>();

  constructor(io: CliIo, settings: RunSettings, redactor: Redactor, task: CapacityTask) {
    this.#io = io;
    this.#settings = settings;
    this.#redactor = redactor;
    this.#task = task;
    this.#page = settings.json ? io.stderr : io.stdout;
    this.#style = {
      colors: picocolors.createColors(wantsColor(io, this.#page)),
      columns: Math.max(NARROWEST, Math.min(this.#page.columns, 120)),
      wide: false,
    };
    const plan = { ...task.plan, cells: this.#started };
    this.#progress = new LiveProgress({
      ...{ io, plan, enabled: settings.progress && !settings.quiet },
      safe: (text) => redactor.text(text),
    });
  }

  get memory(): SocketMemory {
    return this.#memory;
  }

  canary(line: string, hint: string | null): void {
    if (this.#settings.quiet) return;
    this.#io.stderr.write(this.#redactor.text(`canary: ${line}\n`));
    if (hint !== null) this.#io.stderr.write(`for the faster server engine: ${hint}\n`);
  }

  /** Shows what will be searched. `target`: null for a dry run. */
  plan(target: { readonly url: string; readonly engine: string | null } | null): void {
    if (this.#settings.quiet && target !== null) return;
    const { search, plan, ceiling, request } = this.#task;
    const { template, axis } = search;
    const wanted = request.parsed.profile.target;
    const address =
      target?.url ?? (wanted.kind === 'embedded' ? `embedded server (${wanted.engine})` : redactUrl(wanted.url));
    const first = `${formatCount(template.connections.to)} connections, ${template.rate === null ? 'closed loop' : `${formatCount(template.rate.to)} msg/s`}`;
    const facts = {
      load: sanitize(template.load, 64),
      axis,
      slo: request.sloText,
      target: address,
      ...(target === null || target.engine === null ? {} : { engine: target.engine }),
      first,
      ...(axis === 'both' ? { rows: search.rows } : {}),
      most:
        axis === 'connections'
          ? `${formatCount(search.maxConnections)} connections${ceiling.fix === null ? '' : ` (${ceiling.text})`}`
          : `${formatCount(search.maxRatePerSecond)} msg/s`,
      step: `${formatDuration(template.warmupMs + template.durationMs)} or longer`,
      workers: plan.workers,
      pacing: plan.pacing,
    };
    if (target === null && this.#settings.json) {
      this.#io.stdout.write(this.#redactor.text(jsonText(facts)));
      return;
    }
    const lines = Object.entries(facts).map(
      ([name, value]) => `${name.padEnd(9)} ${Array.isArray(value) ? value.join(', ') : value}`,
    );
    const end =
      target === null
        ? ['', 'nothing was sent: this was a dry run']
        : ['', ...stepHeader(quantileName(search), this.#style)];
    this.#say([...lines, ...end].join('\n'));
  }

  observer(source: CapacitySource, lines: LineKeeper): CampaignObserver {
    const progress = this.#progress.observer(lines);
    return {
      ...progress,
      onPhase: (phase, cell) => {
        this.#readMemory(phase, cell);
        progress.onPhase(phase, cell);
      },
      onCellStart: (cell, ordinal) => {
        this.#started.push(cell);
        progress.onCellStart(cell, ordinal);
      },
      onCellDone: (_, result) => {
        this.#results.push(result);
        const before = source.steps.length;
        source.settle(this.#results);
        // A step that was cut short is none: the last row stands already.
        if (source.steps.length > before) this.#step(source);
      },
    };
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

  #step(source: CapacitySource): void {
    const step = source.steps.at(-1);
    if (this.#settings.quiet || step === undefined) return;
    this.#progress.clear();
    this.#say(stepLines(stepRow(step, this.#memory), quantileName(this.#task.search), this.#style).join('\n'));
  }

  /** Idle memory is read as the warm-up begins: all connections are open and silent. Loaded memory is read as the drain begins. */
  #readMemory(phase: string, cell: Cell): void {
    if (phase === 'warmup' || (phase === 'measure' && cell.warmupMs === 0)) {
      this.#memory.set(cell.id, { idle: socketMemoryBytes(), loaded: null });
    } else if (phase === 'drain') {
      this.#memory.set(cell.id, { idle: this.#memory.get(cell.id)?.idle ?? null, loaded: socketMemoryBytes() });
    }
  }

  #say(text: string): void {
    if (this.#settings.json && this.#settings.quiet) return;
    this.#page.write(this.#redactor.text(`${text}\n`));
  }
}
