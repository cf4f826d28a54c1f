import path from 'node:path';
import picocolors from 'picocolors';
import type { Looked } from '../../app/check-look.js';
import type { Scenario } from '../../check/check.js';
import { foundSentence } from '../../check/outcome/sentence.js';
import type { ServerEnd } from '../../check/outcome/server-end.js';
import type { CheckResult } from '../../check/runner.js';
import type { CheckDocument } from '../../documents/check-document.js';
import { initHint } from '../../documents/check-found.js';
import type { Redactor } from '../../documents/redaction/redact.js';
import { EXIT } from '../../errors.js';
import { causesOf } from '../../report/check/causes.js';
import { setAsideText } from '../../report/check/server-words.js';
import {
  causeLine,
  conclusion,
  evidenceBeside,
  figuresText,
  resultWord,
  scenarioTitle,
  serverEndTexts,
} from '../../report/check/words.js';
import { jsonText } from '../../report/run/json.js';
import type { RunningTarget } from '../../target/running-target.js';
import { sanitize } from '../../text/sanitize.js';
import { formatDuration, formatMs } from '../../units.js';
import { type CliIo, type Output, wantsColor } from '../io.js';
import type { CheckViewSettings } from '../options/check-options.js';

const MOST_TEXT = 400;
/** The last lines fit a screen of 80 by 24. */
const MOST_CAUSES = 4;
const MOST_CAUSE = 230;

/** Everything `wsurge check` shows: a line for each check, then the summary. */
export class CheckView {
  readonly #io: CliIo;
  readonly #settings: CheckViewSettings;
  /** Strikes secrets out of what a server echoed back. */
  readonly #foreign: Redactor;
  readonly #page: Output;
  readonly #colors: ReturnType<typeof picocolors.createColors>;

  constructor(io: CliIo, settings: CheckViewSettings, foreign: Redactor) {
    this.#io = io;
    this.#settings = settings;
    this.#foreign = foreign;
    this.#page = settings.json ? io.stderr : io.stdout;
    this.#colors = picocolors.createColors(wantsColor(io, this.#page));
  }

  /** `shownUrl` has its secrets struck out. */
  begin(shownUrl: string, target: RunningTarget, { phases, found, end }: Looked): void {
    if (end !== null) this.serverEnded(end);
    if (this.#settings.quiet) return;
    const engine = target.engine === null ? '' : `, engine ${target.engine}`;
    this.#say(`checking ${shownUrl}${engine}, connected in ${formatMs(phases.totalMs * 1000)} ms\n`);
    this.#say(`${this.#foreignText(foundSentence(found))}\n`);
    const hint = initHint(found, this.#settings.hasProfile);
    if (hint !== null) this.#say(`${hint}\n`);
    if (target.hint !== null) this.#io.stderr.write(`for the faster server engine: ${target.hint}\n`);
  }

  scenario(scenario: Scenario): void {
    if (!this.#settings.quiet) this.#say(`\n${this.#colors.bold(scenarioTitle(scenario))}\n`);
  }

  check(result: CheckResult): void {
    const { id, title, status, tookMs } = result;
    const isBad = status === 'failed' || status === 'error';
    if (this.#settings.quiet && !isBad) return;
    const { green, red, yellow, dim } = this.#colors;
    const mark = { passed: green('ok  '), failed: red('FAIL'), error: yellow('ERR '), skipped: yellow('skip') }[status];
    const reason = result.status === 'passed' ? '' : `: ${this.#foreignText(result.reason)}`;
    const figures = figuresText(result.measured);
    const aside = [formatDuration(tookMs), figures].filter((text) => text !== '').join(', ');
    this.#say(`  ${mark} ${id.padEnd(4)} ${title}${reason} ${dim(`(${this.#foreignText(aside)})`)}\n`);
    if (result.status !== 'failed' && result.status !== 'error') return;
    const evidence = this.#foreignText(evidenceBeside(result.reason, result));
    if (evidence !== '') this.#say(`            ${dim(evidence)}\n`);
  }

  serverEnded(end: ServerEnd): void {
    this.#say(`  ${this.#colors.red('END ')} ${this.#foreignText(serverEndTexts([end]).join(' '))}\n`);
  }

  loading(): void {
    if (!this.#settings.quiet) this.#say('\nmeasuring under load\n');
  }

  finish(document: CheckDocument, folder: string): void {
    const aside = document.found == null || this.#settings.quiet ? null : setAsideText(document.found);
    const causes = this.#settings.quiet ? [] : causesOf(document);
    const more = causes.length - MOST_CAUSES;
    const { exitCode, passed } = document.verdict;
    const { green, red, yellow } = this.#colors;
    const tone = passed ? green : exitCode === EXIT.failed ? red : yellow;
    const report = path.relative(this.#io.cwd, path.join(folder, 'report.html')) || folder;
    this.#say(
      [
        '',
        ...(aside === null ? [] : [this.#foreignText(aside), '']),
        ...causes.slice(0, MOST_CAUSES).map((cause, index) => {
          return `${index + 1}. ${sanitize(this.#foreign.text(causeLine(cause)), MOST_CAUSE)}`;
        }),
        ...(more > 0 ? [`${more} more in the report`] : []),
        ...(causes.length > 0 ? [''] : []),
        tone(`${resultWord(document)}: ${sanitize(conclusion(document), MOST_TEXT)}`),
        `report: ${report}`,
        '',
      ].join('\n'),
    );
    if (this.#settings.json) this.#io.stdout.write(jsonText(document));
  }

  #foreignText(text: string): string {
    return sanitize(this.#foreign.text(text), MOST_TEXT);
  }

  #say(text: string): void {
    if (!(this.#settings.json && this.#settings.quiet)) this.#page.write(text);
  }
}
