// The verdict: the result in one line at the top of the page; each judgement and its reasons below the tables.

import { el, more } from './dom.js';
import { letterLine } from './letters.js';

/** @import { PageHead } from '../../src/report/shared/page-parts.ts' */
/** @import { Part } from './frame.js' */

/** @param {PageHead} head @param {boolean} several */
export function verdictPart({ id, name, origin, verdict }, several) {
  const result = verdict.at(-1);
  return el(
    'section',
    { class: several ? 'run one-of-many' : 'run', 'aria-label': `Verdict of ${id}` },
    el(
      'header',
      { class: 'result' },
      el('p', { class: 'when' }, origin),
      el(several ? 'h2' : 'h1', {}, name),
      result === undefined
        ? null
        : el('p', { class: `word ${result.tone}` }, sentence(result.word), el('span', {}, result.text)),
    ),
  );
}

/** `PASSED` as `Passed`. @param {string} word */
function sentence(word) {
  return word.charAt(0) + word.slice(1).toLowerCase();
}

/** At most this many doubts are shown at once. */
const MOST_DOUBTS = 5;

/**
 * The part of the page with the judgements and their reasons.
 * @param {readonly PageHead[]} heads
 * @param {(run: number) => string | null} letterOf
 * @returns {Part}
 */
export function doubtsOf(heads, letterOf) {
  const isPlain = heads.every(({ doubts }) => doubts.length === 0);
  const title = isPlain ? 'Verdict in detail' : 'Verdict and doubts';
  const children = heads.flatMap((head, run) => {
    const letter = letterOf(run);
    return [letter === null ? null : letterLine(letter, head.id), ...doubtParts(head)];
  });
  return {
    id: 'doubts',
    title,
    short: isPlain ? 'Verdict' : 'Doubts',
    children: children.filter((each) => each !== null),
  };
}

/** @param {PageHead} head @returns {(Node | null)[]} */
function doubtParts({ verdict, doubts, reasons }) {
  const judged = verdict
    .slice(0, -1)
    .map(({ label, word, text, tone }) =>
      el(
        'div',
        {},
        el('dt', {}, label),
        el('dd', {}, el('strong', { class: `tone ${tone}` }, word), el('span', {}, text)),
      ),
    );
  const isAll = doubts.length <= MOST_DOUBTS && reasons.length <= doubts.length;
  return [
    judged.length === 0 ? null : el('dl', { class: 'verdict' }, ...judged),
    reasonList(doubts.slice(0, MOST_DOUBTS), 'Doubts'),
    isAll ? null : more(`Every reason (${Math.max(reasons.length, doubts.length)})`, () => everyReason(reasons)),
  ];
}

/** @param {PageHead['reasons']} reasons */
function everyReason(reasons) {
  return reasonList(reasons, 'Every reason') ?? el('p', {}, 'none');
}

/** @param {PageHead['reasons']} reasons @param {string} label */
function reasonList(reasons, label) {
  if (reasons.length === 0) return null;
  /** @type {Set<string>} */
  const told = new Set();
  const items = reasons.map(({ severity, where, code, message, fix }) => {
    // A fix that several reasons share is shown once.
    const isNew = fix !== null && !told.has(fix);
    if (fix !== null) told.add(fix);
    return el(
      'li',
      { class: severity },
      el('b', {}, severity),
      el('div', {}, el('span', { class: 'where' }, `${code} · ${where}`), message, isNew ? el('em', {}, fix) : null),
    );
  });
  return el('ul', { class: 'reasons', 'aria-label': label }, ...items);
}
