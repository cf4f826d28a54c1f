/** Every kind of report that is a page. */
export type PageKind = 'run' | 'check' | 'capacity' | 'comparison';

/** Scripts and styles of the pages, as text: report code reads no files, so the caller passes them in. */
export interface PageAssets {
  /** uPlot as a script that defines a global `uPlot`, and its style sheet. */
  readonly chartScript: string;
  readonly chartStyle: string;
  readonly style: string;
  /** The page's own scripts by its kind, in order; the last of them draws it. */
  readonly scripts: Readonly<Record<PageKind, readonly string[]>>;
}
