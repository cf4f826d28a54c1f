/** Every kind of report that is a page. */
export type PageKind = 'run' | 'check' | 'capacity' | 'comparison';

/** The scripts and the style sheet of the pages, as text: report code reads no files, so the caller passes them in. */
export interface PageAssets {
  /** One style sheet for every kind. */
  readonly style: string;
  /** For each kind one module that imports nothing: it draws the page, and has the charts' library inside. */
  readonly scripts: Readonly<Record<PageKind, string>>;
}
