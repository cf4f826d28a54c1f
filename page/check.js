// The page of a check: what failed, every scenario at a glance, then each check with what was measured and its evidence.

/** @typedef {PageCheck['status']} CheckStatus */

/** @type {Readonly<Record<CheckStatus, { word: string, tone: string }>>} */
const CHECK_STATUS = {
  passed: { word: 'passed', tone: 'good' },
  failed: { word: 'failed', tone: 'bad' },
  skipped: { word: 'skipped', tone: 'plain' },
};

/** @param {CheckPageData} data */
function renderCheck({ head, startedAt, against, scenarios, security, advice, load, about }) {
  const all = security === null ? scenarios : [...scenarios, security];
  const whole = { ...head, origin: `${dayText(startedAt)} · ${against}` };
  drawPage(
    [headPart(whole, null)],
    [
      { ...{ id: 'glance', title: 'At a glance', short: 'Glance' }, children: [glance(all), ...adviceList(advice)] },
      doubtsOf([whole], () => null),
      {
        ...{ id: 'scenarios', title: 'Scenario by scenario', short: 'Scenarios' },
        children: scenarios.map(scenarioPart),
      },
      {
        ...{ id: 'security', title: 'Security', short: 'Security' },
        children: security === null ? [] : [checkList(security)],
      },
      { ...{ id: 'load', title: 'Under load', short: 'Load' }, children: load === null ? [] : loadParts(load) },
      { ...{ id: 'about', title: 'About this check', short: 'About' }, children: [aboutPart(about, 'Check', null)] },
    ],
  );
}

/** Where a scenario stands on the page. @param {PageScenario} scenario */
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
  const text = `${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`;
  return el('span', { class: 'pips', role: 'img', 'aria-label': text }, ...marks);
}

/** @param {CheckStatus} status */
function statusWord(status) {
  const { word, tone } = CHECK_STATUS[status];
  return el('span', { class: `status ${tone}` }, word);
}

/** @param {readonly string[]} advice @returns {Node[]} */
function adviceList(advice) {
  if (advice.length === 0) return [];
  const items = advice.map((text) => el('li', {}, text));
  return [el('div', { class: 'advice' }, el('h3', {}, 'Advice'), el('ul', {}, ...items))];
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
      evidence.length === 0 ? null : evidencePart(evidence, status === 'failed'),
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
  const curves = curveCharts([load]);
  return [
    benchmark === null ? null : el('div', { class: 'load' }, el('h3', {}, 'Benchmark'), benchmark),
    ...loadTables(load, null),
    notesPart(load),
    curves.length === 0 ? null : el('div', { class: 'charts' }, ...curves),
  ].filter((each) => each !== null);
}

/** What was opened for paper alone. @type {HTMLElement[]} */
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

renderCheck(pageData());
