// What the run amounts to, before any number: the result, the four judgements, and why.

/** @param {PageRun} run @param {boolean} several */
function verdictPart(run, several) {
  const result = run.verdict.at(-1);
  const others = run.verdict.slice(0, -1);
  const judged = others.map(({ label, word, text, tone }) =>
    el(
      'div',
      {},
      el('dt', {}, label),
      el('dd', {}, el('strong', { class: `tone ${tone}` }, word), el('span', {}, text)),
    ),
  );
  const fact = (/** @type {string} */ name) => run.facts.find(([known]) => known === name)?.[1] ?? '';
  const where = `${dayText(fact('Started'))} · ${fact('Target')} · server engine ${fact('Server engine')}`;
  const head = el(
    'header',
    { class: 'result' },
    el('p', { class: 'when' }, where),
    el(several ? 'h2' : 'h1', {}, run.profileName),
    result === undefined
      ? null
      : el('p', { class: `word ${result.tone}` }, sentence(result.word), el('span', {}, result.text)),
  );
  const verdict = el('dl', { class: 'verdict' }, ...judged);
  return el(
    'section',
    { class: several ? 'run one-of-many' : 'run', 'aria-label': `Verdict of ${run.id}` },
    head,
    verdict,
    reasonList(run),
  );
}

/** `PASSED` as `Passed`. @param {string} word */
function sentence(word) {
  return word.charAt(0) + word.slice(1).toLowerCase();
}

/** @param {PageRun} run */
function reasonList({ reasons }) {
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

/** @param {PageRun} run */
function benchmarkPart({ benchmark }) {
  if (benchmark.length === 0) return null;
  const tone = { pass: 'good', FAIL: 'bad', miss: 'warn', 'n/a': 'plain' };
  const rows = benchmark.map(({ measure, value, threshold, result, note }) => [
    measure,
    value,
    threshold,
    el('span', {}, el('strong', { class: `tone ${tone[result]}` }, result), note === null ? null : noteMark(note)),
  ]);
  const heads = [
    { name: 'measure', right: false },
    { name: 'value' },
    { name: 'threshold' },
    { name: 'result', right: false },
  ];
  return dataTable('Benchmark', heads, rows);
}

/** @param {number} note */
function noteMark(note) {
  return el('sup', {}, String(note));
}

/** @param {PageRun} run */
function notesPart({ notes, legend }) {
  if (notes.length + legend.length === 0) return null;
  const numbered = notes.map(({ number, text }) => el('li', { value: number }, text));
  return el(
    'div',
    { class: 'notes' },
    numbered.length === 0 ? null : el('ol', {}, ...numbered),
    ...legend.map((text) => el('p', {}, text.replace(/ {2,}/, ': '))),
  );
}
