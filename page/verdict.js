// What it amounts to, before any number: the result, the judgements beside it, and why.

/** @param {PageHead} head @param {boolean} several */
function verdictPart({ id, name, origin, verdict, reasons }, several) {
  const result = verdict.at(-1);
  const others = verdict.slice(0, -1);
  const judged = others.map(({ label, word, text, tone }) =>
    el(
      'div',
      {},
      el('dt', {}, label),
      el('dd', {}, el('strong', { class: `tone ${tone}` }, word), el('span', {}, text)),
    ),
  );
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
    el('dl', { class: 'verdict' }, ...judged),
    reasonList(reasons),
  );
}

/** `PASSED` as `Passed`. @param {string} word */
function sentence(word) {
  return word.charAt(0) + word.slice(1).toLowerCase();
}

/** @param {PageHead['reasons']} reasons */
function reasonList(reasons) {
  if (reasons.length === 0) return null;
  const items = reasons.map(({ severity, where, code, message, fix }) =>
    el(
      'li',
      { class: severity },
      el('b', {}, severity),
      el(
        'div',
        {},
        el('span', { class: 'where' }, `${where} · ${code}`),
        message,
        fix === null ? null : el('em', {}, fix),
      ),
    ),
  );
  return el('ul', { class: 'reasons', 'aria-label': 'Reasons' }, ...items);
}
