// Makes elements from names, attributes and text. Text stays text: nothing in a report can turn into markup.

/** @typedef {Node | string | null} Child */

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Readonly<Record<string, string | number | null>>} attributes Named as in HTML; null leaves one out.
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function el(tag, attributes, ...children) {
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
export function section(id, title, ...children) {
  const heading = el('h2', { id: `${id}-title` }, title);
  return el('section', { id, 'aria-labelledby': `${id}-title` }, heading, ...children);
}

/**
 * Names and values side by side.
 * @param {readonly (readonly [string, string])[]} facts
 */
export function factList(facts) {
  const rows = facts.map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value)));
  return el('dl', { class: 'facts' }, ...rows);
}

/**
 * A table that scrolls sideways if the page is narrow, also by keyboard.
 * @param {string} label What the table shows, for screen readers.
 * @param {readonly { name: string, unit?: string, right?: boolean, stays?: boolean, hides?: boolean }[]} heads `stays`: stays visible while the rest scrolls. `hides`: left out on a phone.
 * @param {readonly (readonly Child[])[]} rows
 */
export function dataTable(label, heads, rows) {
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
 * A part that is closed at first. Its content is made when it is opened.
 * @param {string} summary
 * @param {() => Node} make
 */
export function more(summary, make) {
  const details = el('details', {}, el('summary', {}, summary));
  details.addEventListener('toggle', () => {
    if (details.open && details.childElementCount === 1) details.append(make());
  });
  return details;
}
