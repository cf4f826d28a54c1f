import type { HistoryAddTask, HistoryLookTask } from '../../app/tasks.js';
import type { Env } from '../../profile/interpolate.js';
import { HISTORY, HISTORY_ACTIONS } from '../flags/saved.js';
import { needlessNote, readFlags } from './flag-values.js';
import { marginsOf } from './shares.js';

/** What the command line asks for, and how it is shown. */
export interface HistoryCommand extends HistoryAddTask, HistoryLookTask {
  readonly action: (typeof HISTORY_ACTIONS)[number];
  /** A remark about flags that change nothing; null for none. */
  readonly note: string | null;
  readonly json: boolean;
  readonly quiet: boolean;
}

/** The command line; every problem with it at once (104). */
export function historyRequest(argv: Readonly<Record<string, unknown>>, env: Env): HistoryCommand {
  const values = readFlags(HISTORY, argv, env);
  const action = values.wordOf('action', HISTORY_ACTIONS, {
    missing: 'needs to know what to do',
    unknown: 'is nothing history can do',
  });
  const runs = values.words('runs');
  if (action !== null && (action === 'add') === (runs.length === 0)) {
    const example = action === 'add' ? ' results/<run>' : '';
    const message = action === 'add' ? 'needs the folder of a run' : 'takes no runs';
    values.refuse(`history ${action}`, message, `wsurge history ${action}${example}`);
  }
  const text = (name: 'file' | 'commit' | 'branch') => values.text(name)?.value ?? null;
  const request = {
    action: action ?? 'show',
    runs,
    file: text('file') ?? 'history.ndjson',
    commit: text('commit'),
    branch: text('branch'),
    margins: marginsOf(values.list('margin'), values.problems),
    note: needlessNote(values, ['strict', 'lenient'], 'bounds decide'),
    json: values.isOn('json'),
    quiet: values.isOn('quiet'),
  } as const;
  values.throwIfWrong();
  return request;
}
