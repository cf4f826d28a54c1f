// The page of a run: verdict, tables, curves, the charts of one cell at a time, and facts about the run.

import { el } from '../shared/dom.js';
import { aboutPart, drawPage, headPart, pageData } from '../shared/frame.js';
import { letterLine, runName } from '../shared/letters.js';
import { dayText } from '../shared/numbers.js';
import { doubtsOf } from '../shared/verdict.js';
import { agentsNowPart } from './agents-now.js';
import { cellPart } from './cell.js';
import { curveCharts } from './curves.js';
import { fanoutCurveCharts, fanoutTables } from './fanout.js';
import { followRun } from './live.js';
import { benchmarkPart, loadTables, notesPart } from './tables.js';

/** @import { PageData, PageRun } from '../../src/report/run/page-data.ts' */
/** @import { PageHead } from '../../src/report/shared/page-parts.ts' */

/** The cell whose charts are shown; kept when a live page is drawn again. @type {string | null} */
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
  const curves = [...fanoutCurveCharts(runs), ...curveCharts(runs)];
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

/**
 * The last cell of the first load, which is usually the hardest.
 * @param {PageRun | undefined} run
 * @param {readonly string[]} ids
 */
function firstShown(run, ids) {
  const load = run?.cells[0]?.load;
  return run?.cells.findLast((cell) => cell.load === load)?.id ?? ids[0] ?? null;
}

/** @param {PageRun} run @returns {PageHead} */
function headOf({ id, profileName, head, verdict, doubts, reasons }) {
  const engine = head.engine === null ? '' : ` · server engine ${head.engine}`;
  const origin = `${dayText(head.started)} · ${head.target}${engine}`;
  return { id, name: profileName, origin, verdict, doubts, reasons };
}

/** @param {PageRun} run @param {string | null} letter @param {(id: string) => void} pick */
function resultParts(run, letter, pick) {
  const benchmark = benchmarkPart(run);
  return [
    letter === null ? null : letterLine(letter, run.id),
    benchmark === null ? null : el('div', { class: 'load' }, el('h3', {}, 'Benchmark'), benchmark),
    agentsNowPart(run),
    ...loadTables(run, pick),
    ...fanoutTables(run, pick),
    notesPart(run),
  ].filter((each) => each !== null);
}

render(pageData());
followRun(render);
