import { legible } from '../../dialect/legible.js';
import type { WireStep } from '../../dialect/wire.js';
import { fill, type SessionValues, type TokenValues } from '../../plan/fill.js';
import { fillBytes } from '../../plan/fill-bytes.js';
import type { Clock, Timer } from '../pacing/clock.js';
import { capturedFrom } from './captured.js';
import { headerOf } from './heads.js';
import { jsonOf, Match } from './match.js';
import { filledMatch, type TakenFor, type TranscriptEvent } from './transcript.js';

/** Why a session did not become ready. `code` is for tables, `message` for people: it may quote the server. */
export interface SessionFailure {
  readonly code: string;
  readonly message: string;
}

export interface OpeningPort {
  send(text: string): void;
  /** The session is ready. */
  ready(values: SessionValues): void;
  failed(failure: SessionFailure): void;
  /** A step was done once; `timed`: its number among the steps that have a row of times, -1 for none. */
  done(timed: number, us: number): void;
  /** For transcripts; absent where nobody keeps one. */
  told?: (event: TranscriptEvent) => void;
}

/**
 * So much of a message of the server is quoted. Much longer than what is shown, because a secret that is cut in two
 * cannot be struck out.
 */
const QUOTED_BYTES = 32 * 1024;

/**
 * One session on one connection, from the upgrade until it is ready: the steps one after the other. It sends, waits for
 * what a step expects, and leaves everything else that comes alone.
 *
 *     step 1: send, expect ---> capture ---> wait ---> step 2 ... ---> ready
 *                     \--- a refusal, or the time is over ---> failed
 */
export class Opening {
  readonly #steps: readonly WireStep[];
  readonly #port: OpeningPort;
  readonly #clock: Clock;
  readonly #base: TokenValues;
  /** Messages are bytes, one character each in a template. */
  readonly #isBinary: boolean;
  #values: SessionValues = {};
  #at = 0;
  #repeated = 0;
  #stepId = 0;
  #timed = -1;
  #expected: Match | null = null;
  #refusals: readonly { readonly match: Match; readonly code: string }[] = [];
  #begunUs = 0;
  #timer: Timer | null = null;
  #isOver = false;
  /** True while steps are entered: a step that is done at once is followed by the next one in the same loop. */
  #isEntering = false;
  #entersNext = false;
  /** Messages that the step under way did not wait for, and the first of them. */
  #others = 0;
  #firstOther = '';

  /** `base`: what tokens stand for on this connection. `isBinary`: what is sent is bytes, one character each. */
  constructor(steps: readonly WireStep[], base: TokenValues, clock: Clock, port: OpeningPort, isBinary = false) {
    this.#isBinary = isBinary;
    this.#steps = steps;
    this.#base = base;
    this.#clock = clock;
    this.#port = port;
  }

  start(): void {
    this.#enterNext();
  }

  /** What was captured so far. */
  get values(): SessionValues {
    return this.#values;
  }

  /** Ends it without a word. */
  cancel(): void {
    this.#isOver = true;
    this.#timer?.cancel();
  }

  /** A step waits for something. */
  get isAsking(): boolean {
    return this.#expected !== null;
  }

  /** The name of the step that is under way, for a failure. */
  get step(): string {
    return this.#steps[this.#at]?.name ?? 'session';
  }

  /** What came and was not what the step waits for, for a failure; '' for nothing. */
  get others(): string {
    if (this.#others === 0) return '';
    const came = this.#others === 1 ? 'what came instead is' : `${this.#others} other messages came, the first is`;
    return `; ${came} ${this.#firstOther}`;
  }

  /** A message that came while the session is not ready. True if it was what the step waits for. */
  take(bytes: Buffer, start: number, end: number): boolean {
    if (this.#isOver) return false;
    for (const { match, code } of this.#refusals) {
      if (!match.fits(bytes, start, end)) continue;
      this.#tell(bytes, start, end, 'refused');
      this.#fail(code, `${this.#place()}: the server refused: ${this.#quote(bytes, start, end)}`);
      return true;
    }
    const expected = this.#expected;
    if (expected === null || !expected.fits(bytes, start, end)) {
      if (this.#others++ === 0) this.#firstOther = this.#quote(bytes, start, end);
      return false;
    }
    this.#tell(bytes, start, end, 'expected');
    const { captures } = this.#steps[this.#at]!;
    if (captures.length > 0 && !this.#capture(expected, bytes, start, end)) return true;
    this.#done();
    return true;
  }

  /** Enters the next step, and those behind it that are done at once. A loop, because a step may be repeated often. */
  #enterNext(): void {
    this.#entersNext = true;
    if (this.#isEntering) return;
    this.#isEntering = true;
    while (this.#entersNext && !this.#isOver) {
      this.#entersNext = false;
      this.#enter();
    }
    this.#isEntering = false;
  }

  #enter(): void {
    const step = this.#steps[this.#at];
    if (step === undefined) {
      this.#isOver = true;
      this.#port.ready(this.#values);
      return;
    }
    if (this.#repeated === 0 && step.timed) this.#timed++;
    this.#stepId++;
    this.#begunUs = this.#clock.nowUs();
    this.#others = 0;
    const values = { ...this.#base, session: this.#values, step: this.#repeated, stepId: this.#stepId };
    const filled = (text: string) => fill(text, values);
    this.#expected = step.expect === null ? null : new Match(step.expect, filled);
    this.#refusals = step.refusals.map(({ match, code }) => ({ match: new Match(match, filled), code }));
    const sent = step.send === null ? null : this.#isBinary ? fillBytes(step.send, values) : filled(step.send);
    if (step.timeoutMs !== null && step.expect !== null) {
      this.#timer = this.#clock.after(step.timeoutMs, () => this.#late(step));
    }
    const { told } = this.#port;
    if (told !== undefined) {
      told({
        type: 'step',
        name: step.name,
        sent: sent === null ? null : this.#isBinary ? legible(Buffer.from(sent, 'latin1')) : sent,
        expects: step.expect === null ? null : filledMatch(step.expect, filled),
      });
    }
    if (sent !== null) this.#port.send(sent);
    if (step.expect === null && !this.#isOver) this.#done();
  }

  #late(step: WireStep): void {
    this.#fail(
      'step_timeout',
      `${this.#place()}: nothing that fits came within ${step.timeoutMs! / 1000} s${this.others}`,
    );
  }

  #capture(expected: Match, bytes: Buffer, start: number, end: number): boolean {
    const { captures } = this.#steps[this.#at]!;
    const json = jsonOf(bytes, expected.jsonAt(bytes, start, end), end);
    const { values, missing, tooDeep } = capturedFrom(json, captures, (name) => headerOf(name, bytes, start, end));
    if (missing.length > 0) {
      this.#fail('capture_missing', `${this.#place()}: no ${missing.join(', ')} in ${this.#quote(bytes, start, end)}`);
      return false;
    }
    if (tooDeep.length > 0) {
      this.#fail('capture_too_deep', `${this.#place()}: ${tooDeep.join(', ')} is nested too deeply to be sent again`);
      return false;
    }
    this.#values = { ...this.#values, ...values };
    return true;
  }

  #done(): void {
    const step = this.#steps[this.#at]!;
    this.#timer?.cancel();
    this.#expected = null;
    this.#refusals = [];
    this.#port.done(step.timed ? this.#timed : -1, this.#clock.nowUs() - this.#begunUs);
    this.#port.told?.({ type: 'done', name: step.name });
    this.#repeated++;
    if (this.#repeated >= step.repeat) {
      this.#repeated = 0;
      this.#at++;
    }
    if (step.waitMs === 0) this.#enterNext();
    else this.#timer = this.#clock.after(step.waitMs, () => this.#enterNext());
  }

  #tell(bytes: Buffer, start: number, end: number, as: TakenFor): void {
    this.#port.told?.({ type: 'received', bytes, start, end, as, isBytes: this.#isBinary });
  }

  #quote(bytes: Buffer, start: number, end: number): string {
    return quote(bytes, start, end, this.#isBinary);
  }

  /** The step that is under way, as words. */
  #place(): string {
    const { name, repeat } = this.#steps[this.#at]!;
    return repeat > 1 ? `step ${name} (${this.#repeated + 1} of ${repeat})` : `step ${name}`;
  }

  #fail(code: string, message: string): void {
    if (this.#isOver) return;
    this.cancel();
    this.#port.failed({ code, message });
  }
}

/** A message of the server, for people: so much of it as may be needed. `isBinary`: not all of it is text. */
export function quote(bytes: Buffer, start: number, end: number, isBinary: boolean): string {
  const last = Math.min(end, start + QUOTED_BYTES);
  return isBinary ? legible(bytes.subarray(start, last)) : bytes.toString('utf8', start, last);
}
