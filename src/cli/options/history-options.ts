import type { HistoryAddTask, HistoryLookTask } from '../../app/tasks.js';
import { EXIT, WsurgeError } from '../../errors.js';
import { suggest } from '../../profile/did-you-mean.js';
import type { Env } from '../../profile/interpolate.js';
import { HISTORY, HISTORY_ACTIONS } from '../flags/saved.js';
import { needlessNote, readFlags } from './flag-values.js';
import { marginsOf } from './shares.js';

/** What the command line asks for, and how it is shown. */
export interface HistoryRequest extends HistoryAddTask, HistoryLookTask {
  readonly action: (typeof HISTORY_ACTIONS)[number];
  /** A remark about flags that change nothing; null for none. */
  readonly note: string | null;
  readonly json: boolean;
  readonly quiet: boolean;
}

/** The command line; every problem with it at once (104). */
export function historyRequest(argv: Readonly<Record<string, unknown>>, env: Env): HistoryRequest {
  const values = readFlags(HISTORY, argv, env);
  const given = values.word('action');
  const action = HISTORY_ACTIONS.find((one) => one === given);
  const runs = values.words('runs');
  if (given === null) {
    values.refuse('wsurge history', 'needs to know what to do', `one of: ${HISTORY_ACTIONS.join(', ')}`);
  } else if (action === undefined) {
    values.refuse(JSON.stringify(given), 'is nothing history can do', suggest(given, HISTORY_ACTIONS));
  } else if (action === 'add' ? runs.length === 0 : runs.length > 0) {
    const example = action === 'add' ? ' results/<run>' : '';
    const message = action === 'add' ? 'needs the folder of a run' : 'takes no runs';
    values.refuse(`history ${action}`, message, `wsurge history ${action}${example}`);
  }
  const text = (name: 'file' | 'commit' | 'branch') => values.text(name)?.value ?? null;
  const margins = values.list('margin').map(({ value }) => value);
  const request = {
    action: action ?? 'show',
    runs,
    file: text('file') ?? 'history.ndjson',
    commit: text('commit'),
    branch: text('branch'),
    margins: marginsOf(margins, values.problems),
    note: needlessNote(values, ['strict', 'lenient'], 'bounds decide'),
    json: values.isOn('json'),
    quiet: values.isOn('quiet'),
  } as const;
  const { problems } = values;
  if (problems.length === 0) return request;
  throw new WsurgeError(EXIT.usage, 'usage', 'nothing was done', { problems, next: 'wsurge history --help' });
}
