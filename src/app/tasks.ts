/**
 * What the application is asked to do: every value checked, every profile read. The command line makes a task of its
 * flags, the library of a request. Plain data.
 */
import type { Axis } from '../campaign/capacity-axis.js';
import type { PrecisionGoal } from '../campaign/until-precise.js';
import type { ParsedProfile, Threshold } from '../profile/profile.js';
import type { FormatName } from '../report/format-names.js';
import type { Side } from '../verdict/compare/compared-run.js';
import type { ComparedKey, ComparedMetric } from '../verdict/compare/metrics.js';

/** The agents that make a load, and how to reach them. */
export interface FleetWish {
  readonly agents: number;
  /** URL of the broker. */
  readonly url: string;
  readonly fleet: string;
  /** An agent needs all of them. */
  readonly labels: Readonly<Record<string, string>>;
  /** Names of agents to leave out. */
  readonly exclude: readonly string[];
  /** How long to wait for enough agents. */
  readonly waitMs: number;
  /** An address of this machine that agents reach, for the embedded server to listen on; null for none. */
  readonly targetHost: string | null;
}

/** How a run is measured and judged, and where its results go. Nothing here changes a load. */
export interface MeasureSettings {
  /** Folder that gets one folder per run. */
  readonly outputDir: string;
  /** Formats of the reports to write beside result.json. */
  readonly formats: readonly FormatName[];
  readonly strict: boolean;
  readonly defaultGates: boolean;
  /** Loads or cells to run; empty means all. */
  readonly only: readonly string[];
  /** Extend each cell until its interval is this narrow; null measures each cell for its planned time. */
  readonly untilPrecise: PrecisionGoal | null;
  /** Run each cell a second time, right after the first, against an echo that does nothing else. */
  readonly nullTwin: boolean;
  /** Public hosts the user allows heavy load on. */
  readonly allowTargets: readonly string[];
  /** Null: the load is made by this machine. */
  readonly fleet: FleetWish | null;
}

export interface RunTask {
  readonly parsed: ParsedProfile;
  readonly settings: MeasureSettings;
}

export interface CapacityTask extends RunTask {
  readonly axis: Axis;
  readonly slo: Threshold;
  /** The SLO as the user wrote it. */
  readonly sloText: string;
  readonly max: number | null;
  readonly require: number | null;
}

/** One build: how it is named in outputs, and everything needed to start and load it. */
export interface Build {
  readonly side: Side;
  /** As the user wrote it, secrets of a URL struck out. */
  readonly name: string;
  readonly kind: 'command' | 'folder' | 'url';
  /** Where its command is started. */
  readonly folder: string;
  readonly parsed: ParsedProfile;
}

export interface AbTask {
  readonly builds: Readonly<Record<Side, Build>>;
  readonly settings: MeasureSettings;
  /** The same build on both sides, as asked for. */
  readonly isAa: boolean;
  readonly metrics: readonly ComparedMetric[];
  readonly looks: readonly number[];
  readonly preWarm: boolean;
  /** The folder of the comparison to go on with, as the user wrote it; null begins a new one. */
  readonly resume: string | null;
}

export interface CheckSettings {
  readonly outputDir: string;
  readonly quick: boolean;
  /** Leaves out every check that sends what no correct client sends. */
  readonly gentle: boolean;
  /** Scenarios or checks by number, name or id; empty means all. */
  readonly only: readonly string[];
  readonly skip: readonly string[];
  readonly allowTargets: readonly string[];
  /** The target is that of a profile, not a bare URL. */
  readonly hasProfile: boolean;
}

export interface CheckTask {
  readonly parsed: ParsedProfile;
  readonly settings: CheckSettings;
  /** The short loads to measure after the checks; null for none. */
  readonly withLoad: ParsedProfile | null;
}

/** A share for some of the compared metrics: 0.05 is 5 %. */
export type Shares = Partial<Readonly<Record<ComparedKey, number>>>;

export interface CompareTask {
  readonly a: readonly string[];
  readonly b: readonly string[];
  readonly margins: Shares;
  /** Empty where none is given. */
  readonly noise: Shares;
  readonly history: string | null;
  readonly output: string | null;
  readonly force: boolean;
}

/** Runs to keep in a history file. */
export interface HistoryAddTask {
  readonly runs: readonly string[];
  readonly file: string;
  readonly commit: string | null;
  readonly branch: string | null;
}

/** A look at the trends of a history file. */
export interface HistoryLookTask {
  readonly file: string;
  /** Null: the branch of the newest run. */
  readonly branch: string | null;
  readonly margins: Shares;
}
