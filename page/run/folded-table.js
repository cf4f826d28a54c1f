// A table below its heading, with a switch for the columns that are not shown at first.

import { el } from '../shared/dom.js';

/**
 * @param {{ readonly title: string, readonly subtitle: string }} heading
 * @param {(wide: boolean) => HTMLElement} rowsOf The table, with every column or with the narrow ones.
 * @param {{ readonly hasMore: boolean, readonly above: HTMLElement | null, readonly remarks: readonly string[] }} parts
 */
export function foldedTable({ title, subtitle }, rowsOf, { hasMore, above, remarks }) {
  const place = el('div', {});
  const show = (/** @type {boolean} */ wide) => place.replaceChildren(rowsOf(wide));
  show(false);
  const all = el('input', { type: 'checkbox' });
  all.addEventListener('change', () => show(all.checked));
  return el(
    'div',
    { class: 'load' },
    el(
      'div',
      { class: 'load-head' },
      el('div', {}, el('h3', {}, title), el('p', { class: 'subtitle' }, subtitle)),
      hasMore ? el('label', { class: 'switch' }, all, 'every column') : null,
    ),
    above,
    place,
    el('p', { class: 'swipe' }, 'The table scrolls sideways.'),
    ...remarks.map((text) => el('p', { class: 'remark' }, text)),
  );
}
