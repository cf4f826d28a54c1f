import { formatDuration, parseDurationMs } from '../../units.js';

/** One kind of fault: how people write it, what it does, and how its text becomes a value. */
export interface FaultKind<Spec> {
  /** Every form it may be written in, with example values. */
  readonly forms: readonly string[];
  /** One line for `--help`. */
  readonly does: string;
  /** Parses the text after the colon ('' if there is none). If it is invalid, returns the reason as text for people. */
  parse(argument: string): Spec | Wrong;
}

/** Why a text is not a valid value. */
export class Wrong {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

const MAX_DURATION_MS = 600_000;

/** Parses `10ms` to microseconds: at most 10 minutes, and above 0 unless `zero`. */
export function durationUs(text: string, { zero = false } = {}): number | Wrong {
  const ms = parseDurationMs(text);
  if (ms === null) return new Wrong(`${JSON.stringify(text)} is not a duration such as 10ms or 1.5s`);
  if (ms === 0 && !zero) return new Wrong('a duration must be above 0');
  if (ms > MAX_DURATION_MS) return new Wrong(`${JSON.stringify(text)} is above ${formatDuration(MAX_DURATION_MS)}`);
  return ms * 1000;
}

/** `0.5%`: a share above 0, at most 1. */
export function shareOf(text: string): number | Wrong {
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(text)?.[1];
  if (percent === undefined) return new Wrong(`${JSON.stringify(text)} is not a share such as 1% or 0.5%`);
  const share = Number(percent) / 100;
  return share > 0 && share <= 1 ? share : new Wrong(`${text} is not above 0% and at most 100%`);
}

/** Splits `name(a,b)` into its parts; null if the text has another form. */
export function callOf(text: string): { readonly name: string; readonly args: readonly string[] } | null {
  const match = /^([a-z0-9-]+)\(([^()]*)\)$/.exec(text);
  return match === null ? null : { name: match[1]!, args: match[2]!.split(',').map((arg) => arg.trim()) };
}

/** A recurring span of time: the last `lengthUs` of every `periodUs`. Written `100ms/1s`. */
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
