// While a run goes on its page asks the server it came from for news, and draws itself anew.

const { live } = /** @type {HTMLElement} */ (document.getElementById('report')).dataset;
if (live !== undefined) {
  const source = new EventSource(live);
  source.addEventListener('message', (event) => {
    const { scrollX, scrollY } = window;
    render(JSON.parse(event.data));
    window.scrollTo(scrollX, scrollY);
  });
  // What is shown then is the report as it was saved.
  source.addEventListener('end', () => source.close());
}
