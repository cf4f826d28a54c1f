/** What the page is made of beside its data: read once by who may read files, handed in as text. */
export interface PageAssets {
  /** uPlot as a script that defines a global `uPlot`, and its style sheet. */
  readonly chartScript: string;
  readonly chartStyle: string;
  readonly style: string;
  /** The page's own scripts, in order. */
  readonly scripts: readonly string[];
}
