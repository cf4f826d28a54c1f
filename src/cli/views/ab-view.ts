import path from 'node:path';
import picocolors from 'picocolors';
import { type AbState, killedText, roundsLeft, standing } from '../../app/ab-document.js';
import type { AbTurn } from '../../app/ab-turn.js';
import type { RunEvent } from '../../app/events.js';
import { type Turn, wholeRounds } from '../../campaign/ab-rounds.js';
import type { ComparisonDocument } from '../../documents/comparison-schema.js';
import type { Redactor } from '../../documents/redaction/redact.js';
import { cellMs, type Plan } from '../../plan/plan.js';
import { abIntroduction, leftText, roundLine, turnMs } from '../../report/comparison/rounds.js';
import { comparisonTables, comparisonText } from '../../report/comparison/terminal.js';
import { jsonText } from '../../report/run/json.js';
import type { PlannedCell } from '../../report/run/plan-summary.js';
import { spokenText } from '../../report/run/spoken-text.js';
import { hanging, type TerminalStyle } from '../../report/shared/terminal-table.js';
import { plural } from '../../report/shared/verdict-line.js';
import { sanitize } from '../../text/sanitize.js';
import { wrap } from '../../text/width.js';
import { type CliIo, canRedraw, type Output, wantsColor } from '../io.js';
import type { AbCommand } from '../options/ab-options.js';
import { tellWarnings } from '../tell-warnings.js';
import { agentLeavesTexts } from './agent-left.js';
import { LiveProgress } from './live-progress.js';
import { pageOf } from './page.js';

const COLUMNS = 80;
/** Lines of progress below the table while a turn runs. */
const PROGRESS_LINES = 3;

/** Everything a comparison shows while rounds come in and when it is over. Results go to stdout, the rest to stderr. */
export class AbView {
  readonly #io: CliIo;
  readonly #request: AbCommand;
  readonly #plan: Plan;
  readonly #redactor: Redactor;
  /** Where people read: stdout, or stderr where stdout is for a JSON document. */
  readonly #page: Output;
  readonly #style: TerminalStyle;
  readonly #progress: LiveProgress;
  /** The running turn, in words. */
  #turn = '';
  /** Lines of the table on the terminal. The table is drawn again with every round. */
  #drawnLines = 0;

  constructor(io: CliIo, request: AbCommand, plan: Plan, redactor: Redactor) {
    const { quiet, progress } = request.settings;
    this.#io = io;
    this.#request = request;
    this.#plan = plan;
    this.#redactor = redactor;
    this.#page = pageOf(io, request.settings);
    this.#style = {
      colors: picocolors.createColors(wantsColor(io, this.#page)),
      columns: COLUMNS,
      wide: request.settings.wide,
    };
    this.#progress = new LiveProgress({
      ...{ io, plan, enabled: progress && !quiet && io.stderr.isTTY },
      safe: (text) => redactor.text(text),
      nameOf: (id) => `${this.#turn} · ${id}`,
    });
  }

  /** `--dry-run`: what would run; sends nothing. */
  dryRun(cells: readonly Pick<PlannedCell, 'id' | 'load' | 'says'>[]): void {
    const { json } = this.#request.settings;
    const { builds, looks, metrics, isAa } = this.#request;
    if (json) {
      const says = cells.filter((cell) => cell.says != null);
      const turn = { a: builds.a.name, b: builds.b.name, isAa, looks, metrics, turnMs: this.#turnMs() };
      const plan = says.length === 0 ? turn : { ...turn, cells: says };
      this.#io.stdout.write(`${this.#redactor.text(JSON.stringify(plan, null, 2))}\n`);
      return;
    }
    const spoken = spokenText({ cells }, this.#style);
    this.#say(`${this.#introduction()}\n${spoken === '' ? '' : `${spoken}\n`}nothing was sent: this was a dry run\n`);
  }

  begin(state: AbState): void {
    if (this.#request.settings.quiet) return;
    const { resume } = this.#request;
    const kept = wholeRounds(state.turns, state.seed).length;
    const said = `${plural(kept, 'whole round')} of ${resume} ${kept === 1 ? 'is' : 'are'} kept; it goes on from there`;
    const resumed = resume === null ? [] : hanging('resumed      ', sanitize(said, 400), COLUMNS, (head) => head);
    this.#say(`${this.#introduction()}${resumed.map((line) => `${line}\n`).join('')}\n`);
  }

  /** Prints remarks on the agents and their broker. */
  warn(texts: readonly string[]): void {
    if (this.#request.settings.quiet) return;
    this.#clear();
    tellWarnings(this.#io, texts);
  }

  /** Draws the progress of the running turn. */
  tell(event: RunEvent): void {
    this.#progress.tell(event);
    if (event.type === 'agent-left') this.warn(agentLeavesTexts(event));
  }

  turnStarts({ round, side, attempt }: Turn): void {
    const again = attempt === 1 ? '' : ', once more';
    this.#turn = `round ${round} ${side.toUpperCase()}${again}`;
  }

  turnDone({ turn, invalid, failures, ended, wasKilled }: AbTurn, state: AbState): void {
    if (this.#request.settings.quiet) return;
    const where = `round ${turn.round}, ${turn.side.toUpperCase()}`;
    if (invalid !== null) this.#note(`${where}: not used, this machine was disturbed (${invalid})`);
    if (failures.length > 0) this.#note(`${where}: the build failed: ${failures[0]}`);
    if (ended !== null) this.#note(`${where}: the server ${ended.text}`);
    if (wasKilled) this.#note(`${where}: the server ${killedText(this.#request.builds[turn.side])}`);
    const round = wholeRounds(state.turns, state.seed).find(({ number }) => number === turn.round);
    if (round === undefined) return;
    const document = standing(state);
    const lines = comparisonTables(document, this.#style);
    this.#clear();
    const left = roundsLeft(state);
    const below = left === null ? [] : [leftText(left)];
    if (this.#canTakeAway(lines.length + below.length)) this.#draw([...lines, ...below]);
    else this.#say(`${roundLine(document, round.number, round.order, left, COLUMNS)}\n`);
  }

  /** The whole comparison, and where its report is. */
  finish(document: ComparisonDocument, folder: string): void {
    this.#clear();
    const { json, quiet } = this.#request.settings;
    if (!(json && quiet)) {
      const report = path.relative(this.#io.cwd, path.join(folder, 'report.html')) || folder;
      this.#say(`\n${comparisonText(document, this.#style)}report       ${sanitize(report, 1000)}\n`);
    }
    if (json) this.#io.stdout.write(jsonText(document));
  }

  end(): void {
    this.#progress.end();
  }

  #introduction(): string {
    const { builds, metrics, looks, isAa } = this.#request;
    return abIntroduction(
      {
        name: builds.a.parsed.profile.name,
        a: builds.a.name,
        b: builds.b.name,
        kind: builds.a.kind,
        ...{ isAa, metrics, looks },
        cells: this.#plan.cells.length,
        turnMs: this.#turnMs(),
      },
      this.#style,
    );
  }

  /** About how long one turn takes, ms. */
  #turnMs(): number {
    const { preWarm, estimate } = this.#plan;
    const left = preWarm === null || this.#request.preWarm ? 0 : cellMs(preWarm);
    return turnMs(estimate.totalMs - left);
  }

  /** Prints a line above the table, where it stays. */
  #note(text: string): void {
    this.#clear();
    this.#say(`${wrap(sanitize(text, 400), COLUMNS - 2).join('\n  ')}\n`);
  }

  /** False where the table cannot be erased whole: the terminal is narrower than its lines, or has fewer lines. */
  #canTakeAway(lines: number): boolean {
    const { columns, height = Number.POSITIVE_INFINITY } = this.#page;
    return canRedraw(this.#io, this.#page) && columns >= COLUMNS && lines + PROGRESS_LINES < height;
  }

  #draw(lines: readonly string[]): void {
    this.#say(`${lines.join('\n')}\n`);
    this.#drawnLines = lines.length;
  }

  #clear(): void {
    this.#progress.clear();
    if (this.#drawnLines > 0) this.#page.write(`\u001b[${this.#drawnLines}A\u001b[J`);
    this.#drawnLines = 0;
  }

  #say(text: string): void {
    if (this.#request.settings.json && this.#request.settings.quiet) return;
    this.#progress.clear();
    this.#page.write(this.#redactor.text(text));
  }
}
