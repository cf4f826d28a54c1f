// During a run the page asks wsurge, which served it, for new results, and is drawn again with them.

/** @import { PageData } from '../../src/report/run/page-data.ts' */

/** Does nothing on a page that was saved. @param {(data: PageData) => void} render */
export function followRun(render) {
  const { live } = /** @type {HTMLElement} */ (document.getElementById('report')).dataset;
  if (live === undefined) return;
  const source = new EventSource(live);
  source.addEventListener('message', (event) => {
    const { scrollX, scrollY } = window;
    render(JSON.parse(event.data));
    window.scrollTo(scrollX, scrollY);
  });
  // The page then shows the report as it was saved.
  source.addEventListener('end', () => source.close());
}
