// The page: verdict, tables, curves, one cell at a time, and what it was run on.

/** The cell whose charts are shown; kept while a live page is drawn anew. @type {string | null} */
let pickedCell = null;

/** @param {PageData} data */
function render({ runs }) {
  const main = /** @type {HTMLElement} */ (document.getElementById('report'));
  const several = runs.length > 1;
  const ids = [...new Set(runs.flatMap((run) => run.cells.map(({ id }) => id)))];
  if (pickedCell === null || !ids.includes(pickedCell)) pickedCell = firstShown(runs[0], ids);
  const place = el('div', {});
  const select = el('select', { id: 'cell' }, ...ids.map((id) => el('option', { value: id }, id)));
  const show = (/** @type {string} */ id) => {
    pickedCell = id;
    select.value = id;
    place.replaceChildren(cellPart(runs, id));
  };
  const pick = (/** @type {string} */ id) => {
    show(id);
    document.getElementById('time')?.scrollIntoView();
    select.focus({ preventScroll: true });
  };
  select.addEventListener('change', () => show(select.value));
  const curves = curveCharts(runs);
  main.replaceChildren(
    topBar(curves.length > 0),
    ...runs.map((run, i) => runHead(run, several ? runName(i) : null)),
    section('tables', 'Results', ...runs.flatMap((run, i) => resultParts(run, several ? runName(i) : null, pick))),
    ...(curves.length === 0 ? [] : [section('curves', 'Curves', el('div', { class: 'charts' }, ...curves))]),
    ...(ids.length === 0
      ? []
      : [
          section(
            'time',
            'Cell by cell',
            el('p', { class: 'picker' }, el('label', { for: 'cell' }, 'Cell'), select),
            place,
          ),
        ]),
    section('about', 'About this run', ...runs.map((run, i) => aboutPart(run, several ? runName(i) : null))),
  );
  if (pickedCell !== null) show(pickedCell);
}

/** The hardest cell of the first load: its last. @param {PageRun | undefined} run @param {readonly string[]} ids */
function firstShown(run, ids) {
  const load = run?.cells[0]?.load;
  return run?.cells.findLast((cell) => cell.load === load)?.id ?? ids[0] ?? null;
}

/** @param {boolean} hasCurves */
function topBar(hasCurves) {
  const links = [
    ['tables', 'Results'],
    ...(hasCurves ? [['curves', 'Curves']] : []),
    ['time', 'Cells'],
    ['about', 'About'],
  ];
  const nav = el(
    'nav',
    { 'aria-label': 'Parts of the report' },
    ...links.map(([id, text]) => el('a', { href: `#${id}` }, text ?? '')),
  );
  return el('div', { class: 'bar' }, el('span', { class: 'mark-name' }, 'wsurge'), nav, themeButton());
}

/** @param {PageRun} run @param {string | null} letter */
function runHead(run, letter) {
  const part = verdictPart(run, letter !== null);
  if (letter !== null) part.prepend(el('p', { class: `letter run-${letter}` }, letter, el('span', {}, run.id)));
  return part;
}

/** @param {PageRun} run @param {string | null} letter @param {(id: string) => void} pick */
function resultParts(run, letter, pick) {
  const benchmark = benchmarkPart(run);
  return [
    letter === null ? null : el('p', { class: `letter run-${letter}` }, letter, el('span', {}, run.id)),
    benchmark === null ? null : el('div', { class: 'load' }, el('h3', {}, 'Benchmark'), benchmark),
    ...loadTables(run, pick),
    notesPart(run),
  ].filter((each) => each !== null);
}

/** @param {PageRun} run @param {string | null} letter */
function aboutPart(run, letter) {
  const profile = more('Profile as resolved', () => el('pre', { tabindex: 0 }, run.profile));
  return el(
    'div',
    {},
    letter === null ? null : el('p', { class: `letter run-${letter}` }, letter, el('span', {}, run.id)),
    el(
      'div',
      { class: 'details' },
      el('div', {}, el('h3', {}, 'Run'), factList(run.facts)),
      ...run.machines.map((facts) => el('div', {}, el('h3', {}, 'Generator'), factList(facts))),
    ),
    profile,
  );
}

render(JSON.parse(document.getElementById('data')?.textContent ?? '{"runs":[]}'));
