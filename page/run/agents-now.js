// The agents of a fleet while the run goes on, the worst first.

import { dataTable, el, more } from '../shared/dom.js';

/** @import { PageRun } from '../../src/report/run/page-data.ts' */

/** Agents that are shown at once; the others are behind a click. */
const MOST_AGENTS = 8;

const HEADS = [
  { name: 'agent', right: false },
  { name: 'open' },
  { name: 'rate', unit: 'msg/s' },
  { name: 'busy', unit: '%', hides: true },
  { name: 'state', right: false },
];

/** @type {Readonly<Record<string, string>>} */
const TONES = { lost: 'bad', leaving: 'bad', silent: 'warn' };

/** Whether the others were opened: kept when the page is drawn again. */
let isOpen = false;

/** @param {string} summary @param {readonly (readonly import('../shared/dom.js').Child[])[]} rows */
function moreAgents(summary, rows) {
  const part = more(summary, () => dataTable('More agents', HEADS, rows));
  part.open = isOpen;
  part.addEventListener('toggle', () => {
    isOpen = part.open;
  });
  return part;
}

/** Null where one machine makes the load, and on a page that was saved. @param {Pick<PageRun, 'agentsNow'>} run */
export function agentsNowPart({ agentsNow = [] }) {
  if (agentsNow.length === 0) return null;
  const rows = agentsNow.map(({ agent, open, rate, busy, state, why }) => [
    agent,
    ...[open, rate, busy],
    el(
      'span',
      { class: 'wraps' },
      el('span', { class: `status ${TONES[state] ?? 'plain'}` }, state),
      why === null ? null : ` · ${why}`,
    ),
  ]);
  const count = agentsNow.length;
  const left = count - MOST_AGENTS;
  return el(
    'div',
    { class: 'load' },
    el('h3', {}, `Agents now: ${count}`),
    dataTable('The agents that make the load', HEADS, rows.slice(0, MOST_AGENTS)),
    left <= 0 ? null : moreAgents(`${left} more`, rows.slice(MOST_AGENTS)),
  );
}
