/** What a renderer makes: files with names and texts. */

/** A file of a report. `name` has no folder in it. */
export interface ReportFile {
  readonly name: string;
  readonly text: string;
}

/** A file that grows with the seconds of a run: its text comes in pieces, so that nobody holds it whole. */
export interface LongFile {
  readonly name: string;
  readonly text: Iterable<string>;
}

/** A cell's id as part of a file name: `concurrency-c10-r1000`. */
export function fileNameOf(cellId: string): string {
  const safe = cellId.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[-.]+|-+$/g, '');
  return safe === '' ? 'cell' : safe.slice(0, 100);
}
