// While a run goes on, its page asks the server it came from for news, and draws itself anew.

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
  // From then on the page shows the report as it was saved.
  source.addEventListener('end', () => source.close());
}
