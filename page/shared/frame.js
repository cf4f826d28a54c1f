// The frame of a page: the bar at the top, the head of each result, and the facts at the end.

import { el, factList, more, section } from './dom.js';
import { letterLine } from './letters.js';
import { themeButton } from './theme.js';
import { verdictPart } from './verdict.js';

/** @import { PageAbout, PageHead } from '../../src/report/shared/page-parts.ts' */
/** @import { Child } from './dom.js' */

/** @typedef {{ id: string, title: string, short: string, children: readonly Child[] }} Part */

/**
 * Fills the page: first `heads`, then the parts. A part without children is left out.
 * @param {readonly Child[]} heads
 * @param {readonly Part[]} parts
 */
export function drawPage(heads, parts) {
  const main = /** @type {HTMLElement} */ (document.getElementById('report'));
  const shown = parts.filter(({ children }) => children.length > 0);
  main.replaceChildren(
    topBar(shown),
    ...heads.filter((head) => head !== null),
    ...shown.map(({ id, title, children }) => section(id, title, ...children)),
  );
}

/** The data of the page, from its block of JSON. */
export function pageData() {
  return JSON.parse(document.getElementById('data')?.textContent ?? 'null');
}

/** @param {readonly Part[]} parts */
function topBar(parts) {
  const nav = el(
    'nav',
    { 'aria-label': 'Parts of the report' },
    ...parts.map(({ id, short }) => el('a', { href: `#${id}` }, short)),
  );
  return el('div', { class: 'bar' }, el('span', { class: 'mark-name' }, 'wsurge'), nav, themeButton());
}

/** @param {PageHead} head @param {string | null} letter Null if the page has only one result. */
export function headPart(head, letter) {
  const part = verdictPart(head, letter !== null);
  if (letter !== null) part.prepend(letterLine(letter, head.id));
  return part;
}

/** @param {PageAbout} about @param {string} title @param {string | null} letter */
export function aboutPart({ id, facts, machines, profile }, title, letter) {
  return el(
    'div',
    {},
    letter === null ? null : letterLine(letter, id),
    el(
      'div',
      { class: 'details' },
      el('div', {}, el('h3', {}, title), factList(facts)),
      ...machines.map((machine) => {
        const of = machine.some(([name]) => name === 'Machine') ? 'Machine' : 'Generator';
        return el('div', {}, el('h3', {}, of), factList(machine));
      }),
    ),
    profile === null ? null : more('Profile as resolved', () => el('pre', { tabindex: 0 }, profile)),
  );
}
