/** Flags and commands as plain data. Help, checks, `WSURGE_*` variables, completion and the reference use it. */

/** The headings of `--help`, in this order. */
export const FLAG_GROUPS = [
  'Builds',
  'Search',
  'Checks',
  'Load',
  'Connection',
  'Messages',
  'Measuring',
  'Verdict',
  'Server',
  'Fleet',
  'Output',
] as const;
export type FlagGroup = (typeof FLAG_GROUPS)[number];

export interface Flag {
  readonly group: FlagGroup;
  readonly alias?: string;
  /** `list`: may be given again and again. `port`: takes a number or nothing, for a free one. */
  readonly type: 'text' | 'list' | 'switch' | 'port';
  /** The kind of its value (`duration`), or the words it may be (`open|closed|listen`). A switch has none. */
  readonly value?: string;
  /** The words it may be, for completion, where they are too many for the help to show them as its value. */
  readonly words?: readonly string[];
  /** The value if the flag is not given, as a user would write it; `on` for a switch that `--no-NAME` turns off. */
  readonly default?: string;
  readonly describe: string;
  /** A list that takes all words that follow, up to the next flag. */
  readonly greedy?: true;
  /** False: no `WSURGE_*` variable sets it. */
  readonly variable?: false;
  /** Taken, but neither help nor completion offers it. */
  readonly hidden?: true;
}

export type FlagTable<Name extends string = string> = Readonly<Record<Name, Flag>>;

export interface Positional {
  readonly name: string;
  readonly describe: string;
  /** Takes all words that are left. */
  readonly many?: true;
  /** What completion offers beside files. */
  readonly words?: readonly string[];
  /** Completion offers the profiles that ship as well. */
  readonly isProfile?: true;
}

export interface Example {
  readonly line: string;
  /** What the line does, or the question it answers. */
  readonly does: string;
}

export interface CommandSpec<Name extends string = string> {
  readonly name: string;
  /** One line, for the list of commands. */
  readonly summary: string;
  readonly positionals: readonly Positional[];
  readonly flags: FlagTable<Name>;
  readonly examples: readonly Example[];
  /** More that a user should know, printed below the flags. */
  readonly notes?: readonly string[];
  /** Flags of `run` that this command has no use for, and why. */
  readonly refused?: Readonly<Record<string, string>>;
  /** False: no `WSURGE_*` variable is read. */
  readonly variables?: false;
}

/** `--reply-timeout` is also `WSURGE_REPLY_TIMEOUT`. */
export function environmentName(flagName: string): string {
  return `WSURGE_${flagName.replaceAll('-', '_').toUpperCase()}`;
}

/** Whether help shows this switch as `--no-NAME`. */
export function isOnByDefault({ type, default: value }: Flag): boolean {
  return type === 'switch' && value === 'on';
}

/** `-d` or `--duration`: how a name is typed. */
export function dashed(name: string): string {
  return `${name.length === 1 ? '-' : '--'}${name}`;
}

/** The flags of a table without some of them. */
export function without<Table extends FlagTable, Left extends string>(
  table: Table,
  names: readonly Left[],
): Omit<Table, Left> {
  const kept = Object.entries(table).filter(([name]) => !(names as readonly string[]).includes(name));
  return Object.fromEntries(kept) as unknown as Omit<Table, Left>;
}
