import { statSync } from 'node:fs';
import path from 'node:path';
import { abortingProblems } from '../../app/ab-rules.js';
import { looksLikeUrl } from '../../app/profile-source.js';
import type { AbTask, Build } from '../../app/tasks.js';
import { EXIT, type Problem, profileError, WsurgeError } from '../../errors.js';
import type { ReadFile } from '../../profile/file-text.js';
import type { Override } from '../../profile/overrides.js';
import { quoted } from '../../profile/problem-list.js';
import type { ParsedProfile, Threshold } from '../../profile/profile.js';
import { redactUrl } from '../../profile/redact-text.js';
import type { Side } from '../../verdict/compare/compared-run.js';
import { LOOKS, MOST_ROUNDS } from '../../verdict/compare/looks.js';
import {
  COMPARED_KEYS,
  type ComparedKey,
  type ComparedMetric,
  comparedMetrics,
} from '../../verdict/compare/metrics.js';
import { AB } from '../flags/ab.js';
import type { CliIo } from '../io.js';
import { type FlagValues, type Given, needlessNote, readFlags, uniqueProblems } from './flag-values.js';
import { type GivenRun, givenRun, type RunCommand, type RunSettings, readRunCommand } from './run-options.js';
import { marginsOf } from './shares.js';

/** What the command line asks for. */
export interface AbCommand extends AbTask {
  readonly settings: RunSettings;
  /** What to tell of flags that change nothing; null for none. */
  readonly note: string | null;
}

/**
 * What the command line asks for. Throws one WsurgeError (104) with every problem of the flags; where there is none,
 * with every problem of the profile.
 */
export async function toAbRequest(
  argv: Readonly<Record<string, unknown>>,
  io: CliIo,
  readText: ReadFile,
): Promise<AbCommand> {
  const values = readFlags(AB, argv, io.env);
  const flags = new AbFlags(values, io.cwd);
  const named = { a: flags.text('a'), b: flags.text('b') };
  const isAa = values.isOn('aa');
  flags.judgeSides(named, isAa);
  flags.judgeTarget(named, values.word('profile'));
  const sides = { a: named.a ?? '', b: (isAa ? named.a : named.b) ?? '' };
  const metrics = flags.metrics();
  const looks = flags.looks();
  const resume = flags.text('resume');
  const given = (side: Side) => givenOf(argv, flags, side, sides[side], io, readText);
  const [givenA, givenB] = [given('a'), given('b')];
  const wrong = [...flags.problems, ...[givenA, givenB].flatMap((run) => run?.values.problems ?? [])];
  if (wrong.length > 0 || givenA === null || givenB === null) throw profileError(uniqueProblems(wrong));
  const [a, b] = [await foundOf(givenA, io, readText), await foundOf(givenB, io, readText)];
  flags.refuseAborting(a.found?.parsed.profile.thresholds ?? []);
  const problems = uniqueProblems([...flags.problems, ...a.problems, ...b.problems]);
  if (problems.length > 0 || a.found === null || b.found === null) throw profileError(problems);
  const build = (side: Side, parsed: ParsedProfile): Build => ({
    side,
    name: redactUrl(sides[side]),
    kind: flags.kindOf(sides[side]),
    folder: flags.folderOf(sides[side]),
    parsed,
  });
  return {
    builds: { a: build('a', a.found.parsed), b: build('b', b.found.parsed) },
    settings: a.found.settings,
    ...{ isAa, metrics, looks },
    preWarm: values.isOn('pre-warm'),
    resume,
    note: needlessNote(values, ['strict', 'lenient'], 'rounds are judged by bounds'),
  };
}

/** What the flags say of a run of one build; null where no build is named, which is refused elsewhere. */
function givenOf(
  argv: Readonly<Record<string, unknown>>,
  flags: AbFlags,
  side: Side,
  named: string,
  io: CliIo,
  readText: ReadFile,
): GivenRun | null {
  if (named === '') return null;
  const hasProfile = typeof argv['profile'] === 'string' && argv['profile'] !== '';
  const origin = `--${side}`;
  const changes: Override[] = [...flags.readiness()];
  let profile = argv['profile'];
  if (flags.kindOf(named) !== 'url') {
    changes.push({ kind: 'command', value: flags.start ?? named, origin: flags.start === null ? origin : '--start' });
    // Without a profile the flags say what the load is, and --target where the builds listen.
    if (!hasProfile) profile = flags.text('target') ?? undefined;
  } else if (hasProfile) changes.push({ kind: 'target', value: named, origin });
  else profile = named;
  return givenRun({ ...argv, profile }, io.env, readText, AB, changes);
}

/** The profile with one build as its target, or what is wrong with it. */
async function foundOf(
  given: GivenRun,
  io: CliIo,
  readText: ReadFile,
): Promise<{ readonly found: RunCommand | null; readonly problems: readonly Problem[] }> {
  try {
    return { found: await readRunCommand(given, io.env, readText), problems: [] };
  } catch (error) {
    if (!(error instanceof WsurgeError) || error.exitCode !== EXIT.usage) throw error;
    return { found: null, problems: error.problems };
  }
}

/** The flags of `ab` alone; every slip becomes a problem. */
class AbFlags {
  readonly start: string | null;
  readonly #values: FlagValues;
  readonly #cwd: string;

  constructor(values: FlagValues, cwd: string) {
    this.#values = values;
    this.#cwd = cwd;
    this.start = this.text('start');
  }

  get problems(): readonly Problem[] {
    return this.#values.problems;
  }

  text(name: 'a' | 'b' | 'start' | 'ready' | 'target' | 'resume'): string | null {
    const text = this.#values.text(name)?.value.trim() ?? null;
    if (text !== '') return text;
    this.#refuse(`--${name}`, 'needs a value');
    return null;
  }

  /**
   * Refuses `abortOnFail`: a turn that ends early measures less than the others, and the seed would decide which
   * build's.
   */
  refuseAborting(thresholds: readonly Threshold[]): void {
    this.#values.problems.push(...abortingProblems(thresholds));
  }

  kindOf(named: string): Build['kind'] {
    if (looksLikeUrl(named)) return 'url';
    return this.start === null ? 'command' : 'folder';
  }

  folderOf(named: string): string {
    return this.kindOf(named) === 'folder' ? path.resolve(this.#cwd, named) : this.#cwd;
  }

  /** Refuses all but two different builds of one kind; with --aa, all but one build. */
  judgeSides({ a, b }: Readonly<Record<Side, string | null>>, isAa: boolean): void {
    const example = "wsurge ab --a 'node old/server.js' --b 'node new/server.js' profile.yaml";
    if (a === null && this.#values.isGiven('resume')) {
      const why = 'the command that began it is needed again: wsurge starts nothing that it reads from a folder';
      return this.#refuse('--resume', why, 'the same command, with --resume DIR');
    }
    if (a === null) return this.#refuse('--a', 'names no build', example);
    if (isAa && b !== null && b !== a) {
      return this.#refuse('--aa', 'compares a build with itself, but --b names another', 'leave out --b, or --aa');
    }
    if (b === null && !isAa) return this.#refuse('--b', 'names no build', example);
    const named = isAa || b === null ? [a] : [a, b];
    if (!isAa && this.#isSame(named)) {
      const hint = 'to see how large the noise of this machine is, add --aa; else mend --a or --b';
      return this.#refuse('--b', 'is the same as --a: every difference between them would be noise', hint);
    }
    const kinds = new Set(named.map((one) => this.kindOf(one)));
    if (kinds.size > 1) {
      const why = 'one is started for every round, the other keeps running';
      return this.#refuse(
        '--b',
        `is not of the same kind as --a: ${why}`,
        'give two commands, two folders or two URLs',
      );
    }
    if (kinds.has('url')) {
      for (const flag of ['start', 'ready'] as const) {
        if (this.#values.isGiven(flag)) this.#refuse(`--${flag}`, 'starts nothing: --a and --b are running servers');
      }
    }
    for (const one of new Set(named)) this.#judgeFolder(one);
  }

  /** wsurge must know where a started build listens: from the profile, else from --target. */
  judgeTarget({ a }: Readonly<Record<Side, string | null>>, profile: string | null): void {
    const isStarted = a !== null && this.kindOf(a) !== 'url';
    if (!isStarted || profile !== null || this.#values.isGiven('target')) return;
    const hint = 'e.g. --target ws://127.0.0.1:9001/, or a profile with target.url';
    this.#refuse('wsurge ab', 'needs to know where the builds listen', hint);
  }

  #isSame([a = '', b = '']: readonly string[]): boolean {
    if (this.kindOf(a) === 'folder') return this.folderOf(a) === this.folderOf(b);
    if (this.kindOf(a) === 'url' && this.kindOf(b) === 'url') return hrefOf(a) === hrefOf(b);
    return a.split(/\s+/).join(' ') === b.split(/\s+/).join(' ');
  }

  #judgeFolder(named: string): void {
    const kind = this.kindOf(named);
    const isFolder = kind !== 'url' && isDirectory(path.resolve(this.#cwd, named));
    if (kind === 'folder' && !isFolder)
      this.#refuse(quoted(named), 'is no folder', 'with --start, --a and --b are folders');
    if (kind === 'command' && isFolder) {
      this.#refuse(quoted(named), 'is a folder', "say how a server is started in it: --start 'node server.js'");
    }
  }

  /** `--ready` as a change of the profile. */
  *readiness(): Generator<Override> {
    const ready = this.text('ready');
    if (ready === null) return;
    const value = ready === 'port' ? ready : /^https?:\/\//i.test(ready) ? { url: ready } : { log: ready };
    yield { kind: 'set', path: ['target', 'ready'], value, origin: '--ready' };
  }

  metrics(): ComparedMetric[] {
    const all = comparedMetrics(marginsOf(this.#values.list('margin'), this.#values.problems));
    const gates = this.#values.list('gate').flatMap((given) => this.#gateKeys(given));
    return gates.length === 0 ? [...all] : all.map((metric) => ({ ...metric, gate: gates.includes(metric.key) }));
  }

  looks(): number[] {
    const given = this.#values.text('rounds');
    const most = given === null ? MOST_ROUNDS : Number(given.value);
    if (LOOKS.some((look) => look === most)) return LOOKS.filter((look) => look <= most);
    const message = `${quoted(given?.value ?? '')} is no number of rounds to stop at`;
    this.#refuse(given?.origin ?? '--rounds', message, `one of ${LOOKS.join(', ')}`);
    return [];
  }

  #gateKeys({ value, origin }: Given<string>): ComparedKey[] {
    const names = value.split(',').filter((name) => name.trim() !== '');
    return names.flatMap((name) => {
      const key = COMPARED_KEYS.find((known) => known === name.trim());
      if (key === undefined)
        this.#refuse(origin, `${quoted(name)} names no metric`, `one of ${COMPARED_KEYS.join(', ')}`);
      return key ?? [];
    });
  }

  #refuse(where: string, message: string, hint?: string): void {
    this.#values.refuse(where, message, hint);
  }
}

/** The same text for all spellings of a URL. Other texts stay unchanged and are refused elsewhere. */
function hrefOf(url: string): string {
  return URL.canParse(url) ? new URL(url).href : url;
}

/** Also false for a text that cannot be a path. */
function isDirectory(folder: string): boolean {
  try {
    return statSync(folder).isDirectory();
  } catch {
    return false;
  }
}
