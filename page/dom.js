// Elements from names, attributes and text. Text only ever becomes text: nothing in a report can turn into markup.

/**
 * @typedef {import('../src/report/check/page-data.js').CheckPageData} CheckPageData
 * @typedef {import('../src/report/check/page-data.js').PageScenario} PageScenario
 * @typedef {import('../src/report/check/page-data.js').PageCheck} PageCheck
 * @typedef {import('../src/report/shared/page-parts.js').PageHead} PageHead
 * @typedef {import('../src/report/shared/page-parts.js').PageAbout} PageAbout
 * @typedef {import('../src/report/capacity/page-data.js').CapacityPageData} CapacityPageData
 * @typedef {import('../src/report/capacity/page-data.js').PageSearch} PageSearch
 * @typedef {import('../src/report/comparison/page-data.js').ComparisonPageData} ComparisonPageData
 * @typedef {import('../src/report/run/page-data.js').PageData} PageData
 * @typedef {import('../src/report/run/page-data.js').PageRun} PageRun
 * @typedef {import('../src/report/run/page-data.js').PageCell} PageCell
 * @typedef {import('../src/report/run/page-data.js').PageTable} ReportTable
 * @typedef {Node | string | null} Child
 */

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Readonly<Record<string, string | number | null>>} attributes Null leaves one out; `class` and the like as in HTML.
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
function el(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null) element.setAttribute(name, String(value));
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/**
 * A part of the page with a heading of its own.
 * @param {string} id
 * @param {string} title
 * @param {...Child} children
 */
function section(id, title, ...children) {
  const heading = el('h2', { id: `${id}-title` }, title);
  return el('section', { id, 'aria-labelledby': `${id}-title` }, heading, ...children);
}

/**
 * Names and values side by side.
 * @param {readonly (readonly [string, string])[]} facts
 */
function factList(facts) {
  const rows = facts.map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value)));
  return el('dl', { class: 'facts' }, ...rows);
}

/**
 * A table that scrolls sideways by itself where the page is narrow, also by keyboard.
 * @param {string} label What it shows, for who cannot see it.
 * @param {readonly { name: string, unit?: string, right?: boolean, stays?: boolean, hides?: boolean }[]} heads `stays`: in sight while the rest scrolls. `hides`: left out on a phone.
 * @param {readonly (readonly Child[])[]} rows
 */
function dataTable(label, heads, rows) {
  const classOf = (/** @type {number} */ i) => {
    const { right, stays, hides } = heads[i] ?? {};
    const names = [right === false ? 'text' : '', stays ? 'stays' : '', hides ? 'hides' : ''].filter(
      (each) => each !== '',
    );
    return names.length === 0 ? null : names.join(' ');
  };
  const head = heads.map(({ name, unit }, i) =>
    el('th', { scope: 'col', class: classOf(i) }, name, unit ? el('span', { class: 'unit' }, unit) : null),
  );
  const body = rows.map((cells) =>
    el('tr', {}, ...cells.map((cell, i) => el('td', { class: classOf(i) }, cell ?? ''))),
  );
  const table = el('table', {}, el('thead', {}, el('tr', {}, ...head)), el('tbody', {}, ...body));
  return el('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': label }, table);
}

/**
 * Something more, for who asks for it. What is inside is made when it is opened.
 * @param {string} summary
 * @param {() => Node} make
 */
function more(summary, make) {
  const details = el('details', {}, el('summary', {}, summary));
  details.addEventListener('toggle', () => {
    if (details.open && details.childElementCount === 1) details.append(make());
  });
  return details;
}
