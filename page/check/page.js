// The page of a check: an overview of the scenarios, what to fix, what was promised, then each check with its evidence.

import { curveCharts } from '../run/curves.js';
import { fanoutCurveCharts, fanoutTables } from '../run/fanout.js';
import { benchmarkPart, loadTables, notesPart } from '../run/tables.js';
import { dataTable, el, factList } from '../shared/dom.js';
import { aboutPart, drawPage, headPart, pageData } from '../shared/frame.js';
import { dayText } from '../shared/numbers.js';
import { doubtsOf } from '../shared/verdict.js';

/** @import { CheckPageData, PageCheck, PageScenario } from '../../src/report/check/page-data.ts' */
/** @import { Child } from '../shared/dom.js' */

/** @typedef {PageCheck['status']} CheckStatus */
/** @typedef {PageScenario['status']} ScenarioStatus */

/** @type {Readonly<Record<ScenarioStatus, { word: string, tone: string }>>} */
const CHECK_STATUS = {
  passed: { word: 'passed', tone: 'good' },
  failed: { word: 'failed', tone: 'bad' },
  error: { word: 'not judged', tone: 'warn' },
  partly: { word: 'partly', tone: 'plain' },
  skipped: { word: 'skipped', tone: 'plain' },
};

/** @param {CheckPageData} data */
function render(data) {
  const { head, startedAt, against, scenarios, security, causes, load, about } = data;
  const all = security === null ? scenarios : [...scenarios, security];
  const whole = { ...head, origin: `${dayText(startedAt)} · ${against}` };
  drawPage(
    [headPart(whole, null)],
    [
      { ...{ id: 'glance', title: 'At a glance', short: 'Glance' }, children: [...endings(data), glance(all)] },
      { ...{ id: 'recommendations', title: 'Recommendations', short: 'Advice' }, children: causeList(causes) },
      doubtsOf([whole], () => null),
      { ...{ id: 'promises', title: 'What was promised', short: 'Promises' }, children: promiseParts(data) },
      {
        ...{ id: 'scenarios', title: 'Scenario by scenario', short: 'Scenarios' },
        children: scenarios.map(scenarioPart),
      },
      { ...{ id: 'load', title: 'Under load', short: 'Load' }, children: load === null ? [] : loadParts(load) },
      {
        ...{ id: 'security', title: 'Security', short: 'Security' },
        children: security === null ? [] : [checkList(security)],
      },
      { ...{ id: 'about', title: 'About this check', short: 'About' }, children: [aboutPart(about, 'Check', null)] },
    ],
  );
}

/** The id of a scenario's part of the page. @param {PageScenario} scenario */
function anchorOf({ title }) {
  const [number] = /^\d+/.exec(title) ?? [];
  return number === undefined ? 'security' : `scenario-${number}`;
}

/** @param {readonly PageScenario[]} scenarios */
function glance(scenarios) {
  const heads = [
    { name: 'scenario', right: false },
    { name: 'checks', right: false },
    { name: 'result', right: false },
    { name: 'time' },
  ];
  const rows = scenarios.map((scenario) => [
    el('a', { href: `#${anchorOf(scenario)}`, class: 'row' }, scenario.title),
    pips(scenario.checks),
    statusWord(scenario.status),
    scenario.took,
  ]);
  return el('div', { class: 'load' }, dataTable('All scenarios', heads, rows));
}

/** A mark for each check, in order. @param {readonly PageCheck[]} checks */
function pips(checks) {
  const marks = checks.map(({ id, title, status }) =>
    el('i', { class: `pip ${status}`, title: `${id} ${title}: ${status}` }),
  );
  const count = (/** @type {CheckStatus} */ wanted) => checks.filter(({ status }) => status === wanted).length;
  const text = `${count('passed')} passed, ${count('failed')} failed, ${count('error')} not judged, ${count('skipped')} skipped`;
  return el('span', { class: 'pips', role: 'img', 'aria-label': text }, ...marks);
}

/** @param {ScenarioStatus} status */
function statusWord(status) {
  const { word, tone } = CHECK_STATUS[status];
  return el('span', { class: `status ${tone}` }, word);
}

/** That the server ended comes before everything else. @param {CheckPageData} data @returns {Node[]} */
function endings({ serverEnds }) {
  return serverEnds.map((text) => el('p', { class: 'ending' }, text));
}

/** @param {CheckPageData['causes']} causes @returns {Node[]} */
function causeList(causes) {
  if (causes.length === 0) return [];
  const items = causes.map(({ kind, what, example, checks, fix }) =>
    el(
      'li',
      { class: kind },
      el('b', {}, what),
      checks.length === 0 ? null : el('span', { class: 'where' }, ...checks.flatMap(checkLink)),
      example === '' ? null : el('p', { class: 'why' }, example),
      fix === '' ? null : el('em', {}, fix),
    ),
  );
  return [el('ol', { class: 'causes' }, ...items)];
}

/** @param {string} id @returns {Child[]} */
function checkLink(id) {
  return [el('a', { href: `#check-${id}` }, id), ' '];
}

/** @param {CheckPageData} data @returns {Node[]} */
function promiseParts({ promises, notPromised }) {
  const heads = [
    { name: 'key of the profile', right: false },
    { name: 'promise', right: false },
    { name: 'by', right: false },
  ];
  return [
    promises.length === 0 ? null : el('div', { class: 'load' }, dataTable('What was promised', heads, promises)),
    notPromised.length === 0
      ? null
      : el('p', { class: 'open' }, `Not promised, so not checked: ${notPromised.join(', ')}.`),
  ].filter((each) => each !== null);
}

/** @param {PageScenario} scenario */
function scenarioPart(scenario) {
  return el(
    'div',
    { class: 'scenario', id: anchorOf(scenario) },
    el('div', { class: 'load-head' }, el('h3', {}, scenario.title), statusWord(scenario.status)),
    checkList(scenario),
  );
}

/** @param {PageScenario} scenario */
function checkList({ checks }) {
  return el('ol', { class: 'checks' }, ...checks.map(checkItem));
}

/** @param {PageCheck} check */
function checkItem({ id, title, status, took, reason, measured, evidence }) {
  return el(
    'li',
    { class: status, id: `check-${id}` },
    el('span', { class: 'number' }, id),
    el(
      'div',
      { class: 'what' },
      title,
      reason === null ? null : el('p', { class: 'why' }, reason),
      measured.length === 0 ? null : el('p', { class: 'figures' }, ...measured.map((text) => el('span', {}, text))),
      evidence.length === 0 ? null : evidencePart(evidence, status === 'failed' || status === 'error'),
    ),
    statusWord(status),
    el('span', { class: 'took' }, took),
  );
}

/** @param {PageCheck['evidence']} evidence @param {boolean} open */
function evidencePart(evidence, open) {
  return el('details', { open: open ? '' : null }, el('summary', {}, 'Evidence'), factList(evidence));
}

/** @param {NonNullable<CheckPageData['load']>} load @returns {Node[]} */
function loadParts(load) {
  const benchmark = benchmarkPart(load);
  const curves = [...fanoutCurveCharts([load]), ...curveCharts([load])];
  return [
    benchmark === null ? null : el('div', { class: 'load' }, el('h3', {}, 'Benchmark'), benchmark),
    ...loadTables(load, null),
    ...fanoutTables(load, null),
    notesPart(load),
    curves.length === 0 ? null : el('div', { class: 'charts' }, ...curves),
  ].filter((each) => each !== null);
}

/** Parts that were opened only to be printed. @type {HTMLElement[]} */
let openedForPaper = [];
addEventListener('beforeprint', () => {
  openedForPaper = [
    .../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('.checks details:not([open])')),
  ];
  for (const each of openedForPaper) each.setAttribute('open', '');
});
addEventListener('afterprint', () => {
  for (const each of openedForPaper) each.removeAttribute('open');
});

render(pageData());
