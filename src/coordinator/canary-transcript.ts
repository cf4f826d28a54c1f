import { quote } from '../engine/session/opening.js';
import { matchWords, type TakenFor, type TranscriptEvent } from '../engine/session/transcript.js';
import { formatMs } from '../units.js';

/** Lines that are printed, besides the count of the others. */
const MOST_LINES = 20;
/** Characters of one line behind its time. */
const MOST_CHARACTERS = 160;
/** Of a message so much is kept: more than is shown, so that no secret is cut in two before it is struck out. */
const KEPT_BYTES = 32 * 1024;
/** So many of the first messages are kept, to see which protocol the server speaks. */
const FIRST_MESSAGES = 20;

interface Line {
  readonly atUs: number;
  /** `sent`, `expected`, `received`, ... */
  readonly what: string;
  readonly text: string;
  /** Behind the text, in brackets; '' for nothing. */
  readonly note: string;
  /** True for what goes on beside the session: duties, heartbeats, counted traffic. It is left out first. */
  readonly isBeside: boolean;
  /** How many messages that a rule counts came right after it. */
  more: number;
}

/** A transcript as plain data, which threads may pass on. */
export interface TranscriptRecord {
  /** The instant that times are counted from. */
  readonly startUs: number;
  readonly lines: Line[];
  left: number;
  /** What was sent and expected last: printed even if much came since. */
  asked: Line[];
  /** The first messages that came, without those that a step or a rule was about. */
  readonly first: string[];
}

/** What was sent, expected and received on one connection, the newest lines of it. */
export class Transcript {
  readonly record: TranscriptRecord;

  constructor(record: TranscriptRecord) {
    this.record = record;
  }

  /** An empty one. `startUs`: the instant that times are counted from. */
  static from(startUs: number): Transcript {
    return new Transcript({ startUs, lines: [], left: 0, asked: [], first: [] });
  }

  /** The first messages that came, without those that a step or a rule was about. */
  get first(): readonly string[] {
    return this.record.first;
  }

  note(atUs: number, what: string, text: string, note = '', isBeside = false): void {
    this.#add({ atUs, what, text, note, isBeside, more: 0 });
  }

  /** Something is sent that is to be answered. `expected`: in words; null if nothing is. */
  asks(atUs: number, name: string, sent: string | null, expected: string | null): void {
    this.record.asked = [];
    if (sent !== null)
      this.record.asked.push(this.#add({ atUs, what: 'sent', text: sent, note: name, isBeside: false, more: 0 }));
    if (expected !== null)
      this.record.asked.push(
        this.#add({ atUs, what: 'expected', text: expected, note: name, isBeside: false, more: 0 }),
      );
  }

  take(atUs: number, event: TranscriptEvent): void {
    if (event.type === 'step') {
      const { name, sent, expects } = event;
      this.asks(atUs, `step ${name}`, sent, expects === null ? null : `a message that ${matchWords(expects)}`);
    } else if (event.type === 'sent') this.note(atUs, 'sent', event.text, SENT_BY[event.why], event.why !== 'script');
    else if (event.type === 'received') {
      const { bytes, start, end, as, isBytes = false } = event;
      const text = quote(bytes, start, Math.min(end, start + KEPT_BYTES), isBytes);
      const { first, lines } = this.record;
      if (IS_STRANGE.has(as) && first.length < FIRST_MESSAGES) first.push(text);
      const last = lines.at(-1);
      const note = TAKEN_FOR[as];
      if (as === 'count' && last?.what === 'received' && last.note === note) last.more++;
      else this.note(atUs, 'received', text, note, IS_BESIDE.has(as));
    }
  }

  /**
   * One line for each event, oldest first, with the time since the start. `printable` makes a text safe to print and
   * cuts it.
   */
  lines(printable: (text: string, maxLength: number) => string): string[] {
    const { startUs, lines, asked } = this.record;
    const pinned = asked.filter((line) => !lines.includes(line));
    const newest = lines.slice(pinned.length);
    const left = this.record.left + lines.length - pinned.length - newest.length;
    const gap = left === 0 ? [] : [`${' '.repeat(TIME_WIDTH)}  ... ${left} ${left === 1 ? 'line' : 'lines'} left out`];
    const shown = (line: Line) => shownLine(line, startUs, printable);
    return [...pinned.map(shown), ...gap, ...newest.map(shown)];
  }

  #add(line: Line): Line {
    const { lines } = this.record;
    lines.push(line);
    if (lines.length > MOST_LINES) {
      const beside = lines.findIndex(({ isBeside }) => isBeside);
      lines.splice(Math.max(0, beside), 1);
      this.record.left++;
    }
    return line;
  }
}

const IS_STRANGE: ReadonlySet<TakenFor> = new Set(['ignored', 'reply', 'fails', 'refused', 'ends']);
const IS_BESIDE: ReadonlySet<TakenFor> = new Set(['duty', 'count', 'trailer', 'delivery']);
const TIME_WIDTH = 9;
const SENT_BY = { duty: 'a duty', beat: 'heartbeat', script: 'script' } as const;

function shownLine(
  { atUs, what, text, note, more }: Line,
  startUs: number,
  printable: (text: string, maxLength: number) => string,
): string {
  const time = `${formatMs(atUs - startUs)} ms`.padStart(TIME_WIDTH);
  const notes = [note, more === 0 ? '' : `and ${more} more`].filter((part) => part !== '').join(', ');
  const behind = notes === '' ? '' : `  (${printable(notes, MOST_CHARACTERS)})`;
  return `${time}  ${what.padEnd(8)}  ${printable(text, MOST_CHARACTERS)}${behind}`;
}

const TAKEN_FOR: Readonly<Record<TakenFor, string>> = {
  expected: '',
  refused: 'a refusal',
  reply: '',
  duty: 'asks for a duty',
  count: 'counted',
  trailer: 'follows a reply',
  fails: 'says no',
  ends: 'ends the session',
  delivery: 'a delivery',
  ignored: 'not what was expected',
};
