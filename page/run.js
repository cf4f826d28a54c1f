// The page of a run: verdict, tables, curves, one cell at a time, and what it was run on.

/** The cell whose charts are shown; kept while a live page is drawn anew. @type {string | null} */
let pickedCell = null;

/** @param {PageData} data */
function render({ runs }) {
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
  const letterOf = (/** @type {number} */ run) => (runs.length > 1 ? runName(run) : null);
  const picker = el('p', { class: 'picker' }, el('label', { for: 'cell' }, 'Cell'), select);
  drawPage(
    runs.map((run, i) => headPart(headOf(run), letterOf(i))),
    [
      {
        ...{ id: 'tables', title: 'Results', short: 'Results' },
        children: runs.flatMap((run, i) => resultParts(run, letterOf(i), pick)),
      },
      doubtsOf(runs.map(headOf), letterOf),
      {
        ...{ id: 'curves', title: 'Curves', short: 'Curves' },
        children: curves.length === 0 ? [] : [el('div', { class: 'charts' }, ...curves)],
      },
      { id: 'time', title: 'Cell by cell', short: 'Cells', children: ids.length === 0 ? [] : [picker, place] },
      {
        ...{ id: 'about', title: 'About this run', short: 'About' },
        children: runs.map((run, i) => aboutPart(run, 'Run', letterOf(i))),
      },
    ],
  );
  if (pickedCell !== null) show(pickedCell);
}

/** The hardest cell of the first load: its last. @param {PageRun | undefined} run @param {readonly string[]} ids */
function firstShown(run, ids) {
  const load = run?.cells[0]?.load;
  return run?.cells.findLast((cell) => cell.load === load)?.id ?? ids[0] ?? null;
}

/** @param {PageRun} run @returns {PageHead} */
function headOf({ id, profileName, head, verdict, doubts, reasons }) {
  const origin = `${dayText(head.started)} · ${head.target} · server engine ${head.engine ?? ''}`;
  return { id, name: profileName, origin, verdict, doubts, reasons };
}

/** @param {PageRun} run @param {string | null} letter @param {(id: string) => void} pick */
function resultParts(run, letter, pick) {
  const benchmark = benchmarkPart(run);
  return [
    letter === null ? null : letterLine(letter, run.id),
    benchmark === null ? null : el('div', { class: 'load' }, el('h3', {}, 'Benchmark'), benchmark),
    ...loadTables(run, pick),
    notesPart(run),
  ].filter((each) => each !== null);
}

render(pageData());
