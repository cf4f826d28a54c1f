import { formatDuration, parseDurationMs } from '../../units.js';

/** One kind of fault: how people write it, what it does, and how its text becomes a value. */
export interface FaultKind<Spec> {
  /** Every form it may be written in, with example values. */
  readonly forms: readonly string[];
  /** One line for `--help`. */
  readonly does: string;
  /**
   * What follows the colon, '' for nothing. Returns what is wrong with it, as text for people, where it is no such
   * fault.
   */
  parse(argument: string): Spec | Wrong;
}

/** Why a text is no value. */
export class Wrong {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

const MAX_DURATION_MS = 600_000;

/** `10ms`: microseconds, above 0 unless told otherwise, at most 10 minutes. */
export function durationUs(text: string, { zero = false } = {}): number | Wrong {
  const ms = parseDurationMs(text);
  if (ms === null) return new Wrong(`${JSON.stringify(text)} is no duration such as 10ms or 1.5s`);
  if (ms === 0 && !zero) return new Wrong('a duration must be above 0');
  if (ms > MAX_DURATION_MS) return new Wrong(`${JSON.stringify(text)} is above ${formatDuration(MAX_DURATION_MS)}`);
  return ms * 1000;
}

/** `0.5%`: a share above 0, at most 1. */
export function shareOf(text: string): number | Wrong {
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(text)?.[1];
  if (percent === undefined) return new Wrong(`${JSON.stringify(text)} is no share such as 1% or 0.5%`);
  const share = Number(percent) / 100;
  return share > 0 && share <= 1 ? share : new Wrong(`${text} is not above 0% and at most 100%`);
}

/** `name(a,b)` taken apart; null where the text is something else. */
export function callOf(text: string): { readonly name: string; readonly args: readonly string[] } | null {
  const match = /^([a-z0-9-]+)\(([^()]*)\)$/.exec(text);
  return match === null ? null : { name: match[1]!, args: match[2]!.split(',').map((arg) => arg.trim()) };
}

/** A span of time that comes again: the last `lengthUs` of every `periodUs`. Written `100ms/1s`. */
export interface Recurring {
  readonly lengthUs: number;
  readonly periodUs: number;
}

export function recurring(text: string): Recurring | Wrong {
  const parts = text.split('/');
  if (parts.length !== 2) return new Wrong(`${JSON.stringify(text)} is not LENGTH/PERIOD such as 100ms/1s`);
  const [lengthUs, periodUs] = parts.map((part) => durationUs(part));
  if (lengthUs instanceof Wrong) return lengthUs;
  if (periodUs instanceof Wrong) return periodUs;
  if (lengthUs! >= periodUs!) return new Wrong(`${parts[0]} is not shorter than its period of ${parts[1]}`);
  return { lengthUs: lengthUs!, periodUs: periodUs! };
}
