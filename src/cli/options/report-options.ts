import { suggest } from '../../profile/did-you-mean.js';
import type { Env } from '../../profile/interpolate.js';
import { FORMATS, type FormatName, formatsOf } from '../../report/format-names.js';
import { REPORT } from '../flags/saved.js';
import { readFlags } from './flag-values.js';

export interface ReportRequest {
  readonly folders: readonly string[];
  /** Null: what `run` writes. */
  readonly formats: readonly FormatName[] | null;
  readonly output: string | null;
  readonly json: boolean;
  readonly quiet: boolean;
}

/** The command line; every problem with it at once (104). */
export function reportRequest(argv: Readonly<Record<string, unknown>>, env: Env): ReportRequest {
  const values = readFlags(REPORT, argv, env);
  const folders = values.words('folders');
  if (folders.length === 0)
    values.refuse('wsurge report', 'needs the folder of a run', 'e.g. wsurge report results/<run>');
  const asked = values.list('format');
  const { formats, unknown } = formatsOf(asked.length === 0 ? undefined : asked.map(({ value }) => value));
  for (const name of unknown) {
    values.refuse(asked[0]!.origin, `there is no format ${JSON.stringify(name)}`, suggest(name, FORMATS));
  }
  if (folders.length > 1 && formats !== null && formats.some((format) => format !== 'html')) {
    values.refuse('--format', 'several runs together make one HTML page', 'name one folder');
  }
  const request: ReportRequest = {
    folders,
    formats,
    output: values.text('output')?.value ?? null,
    json: values.isOn('json'),
    quiet: values.isOn('quiet'),
  };
  values.throwIfWrong();
  return request;
}
