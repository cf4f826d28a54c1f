import type { CompareTask } from '../../app/tasks.js';
import type { Env } from '../../profile/interpolate.js';
import { COMPARE } from '../flags/saved.js';
import { needlessNote, readFlags } from './flag-values.js';
import { marginsOf, noiseOf } from './shares.js';

/** What the command line asks for, and how it is shown. */
export interface CompareCommand extends CompareTask {
  /** A remark about flags that change nothing; null for none. */
  readonly note: string | null;
  readonly json: boolean;
  /** Says how to read the tables. */
  readonly wide: boolean;
  readonly quiet: boolean;
}

/** The command line; every problem with it at once (104). */
export function compareRequest(argv: Readonly<Record<string, unknown>>, env: Env): CompareCommand {
  const values = readFlags(COMPARE, argv, env);
  const { problems } = values;
  const runs = values.words('runs');
  const vs = values.list('vs').map(({ value }) => value);
  const noise = values.list('noise');
  const sides = vs.length > 0 ? { a: runs, b: vs } : { a: runs.slice(0, 1), b: runs.slice(1) };
  if (sides.a.length === 0 || sides.b.length === 0) {
    values.refuse('wsurge compare', 'needs two runs', 'wsurge compare results/A results/B');
  } else if (vs.length === 0 && runs.length > 2) {
    const hint = 'put --vs between the runs of A and those of B';
    values.refuse('wsurge compare', `${runs.length} runs, and nothing says which are B`, hint);
  }
  const request: CompareCommand = {
    ...sides,
    margins: marginsOf(values.list('margin'), problems),
    noise: noiseOf(noise, problems),
    history: values.text('history')?.value ?? null,
    output: values.text('output')?.value ?? null,
    force: values.isOn('force'),
    note: needlessNote(values, ['strict', 'lenient'], 'bounds decide'),
    json: values.isOn('json'),
    wide: values.isOn('wide'),
    quiet: values.isOn('quiet'),
  };
  if (noise.length > 0 && request.history !== null) {
    values.refuse('--noise', 'and --history both say what the noise is', 'give one of them');
  }
  if (sides.a.length + sides.b.length > 2) {
    for (const flag of ['noise', 'history'] as const) {
      if (!values.isGiven(flag)) continue;
      values.refuse(
        `--${flag}`,
        'is for one run a side: several show themselves how far they lie apart',
        'leave it out',
      );
    }
  }
  values.throwIfWrong();
  return request;
}
