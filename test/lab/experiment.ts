/** One figure of an experiment: what is true, what was reported, and how far apart the two may be. */
export interface Finding {
  readonly what: string;
  readonly unit: string;
  readonly truth: number;
  /** NaN where nothing was reported. */
  readonly reported: number;
  readonly error: number;
  /** What the error may be: from `-below` to `+above`. */
  readonly tolerance: Tolerance;
  readonly within: boolean;
  /** What may explain a figure out of bounds. */
  readonly note: string | null;
}

export interface Tolerance {
  readonly below: number;
  readonly above: number;
}

/** A set-up of which the right numbers are known beforehand or by another way than the tool's own. */
export interface Experiment {
  /** `L4`; an experiment in two parts has two entries of one id. */
  readonly id: string;
  readonly title: string;
  /** What is done, what is true of it and why, what is asserted; a few sentences for people. */
  readonly truth: string;
  run(lab: Lab): Promise<readonly Finding[]>;
}

/** What is judged of a distribution. */
export const JUDGED = ['p50', 'p95', 'p99', 'p99_9', 'mean', 'max'] as const;
export type Judged = (typeof JUDGED)[number];

/** The service time of a plain echo, with nothing else to measure; milliseconds. */
export type Floor = Readonly<Record<Judged, number>>;

/** What experiments share. */
export interface Lab {
  /** Measured once, by the first who asks. */
  floor(): Promise<Floor>;
  /** Short runs of each kind where an experiment repeats itself. */
  readonly runs: number;
}

/** Absorbs the rounding of decimal numbers. */
const ROUNDING = 1e-9;

export function finding(
  what: string,
  unit: string,
  truth: number,
  reported: number | null,
  tolerance: Tolerance,
  note: string | null = null,
): Finding {
  const error = (reported ?? Number.NaN) - truth;
  const within = error >= -tolerance.below - ROUNDING && error <= tolerance.above + ROUNDING;
  return { what, unit, truth, reported: reported ?? Number.NaN, error, tolerance, within, note };
}

/** A count that must be right to the last one. */
export function exactly(what: string, unit: string, truth: number, reported: number | null): Finding {
  return finding(what, unit, truth, reported, { below: 0, above: 0 });
}
