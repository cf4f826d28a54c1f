// One cell: over time, by percentile, and what the generator itself was doing meanwhile. All times share one axis.

/** @typedef {{ cell: PageCell, run: number }} Picked */

/** @param {readonly PageRun[]} runs @param {string} cellId */
function cellPart(runs, cellId) {
  const picked = runs.flatMap((run, i) => {
    const cell = run.cells.find(({ id }) => id === cellId);
    return cell === undefined ? [] : [{ cell, run: i }];
  });
  const first = picked[0]?.cell;
  if (first === undefined) return el('p', {}, 'this cell was not run');
  const shown = runs.length === 1 ? single(first) : several(picked);
  return el('div', {}, el('div', { class: 'charts' }, ...shown), ...(runs.length === 1 ? [details(first)] : []));
}

/** @param {readonly PageCell[]} cells */
function timeAxis(cells) {
  const all = cells.flatMap(({ wall, latency }) => [...wall.atS, ...latency.atS]).filter((at) => at !== null);
  const warmupS = endsOf(cells.map((cell) => cell.warmupS))[1];
  const from = Math.min(-warmupS, ...all);
  const to = Math.max(1, ...all);
  return {
    xName: 'time',
    xText: secondsText,
    xRange: /** @type {[number, number]} */ ([from, Math.max(to, ...cells.map(({ durationS }) => durationS))]),
    warmup: /** @type {[number, number]} */ ([-warmupS, 0]),
    sync: 'time',
  };
}

/** @param {PageCell} cell @returns {Node[]} */
function single(cell) {
  const axis = timeAxis([cell]);
  return [
    latencyChart(cell, axis),
    spectrumChart([{ cell, run: 0 }], false),
    rateChart(cell, axis),
    connectionsChart(cell, axis),
    latenessChart(cell, axis),
    cpuChart(cell, axis),
    ...serverCharts(cell, axis),
  ].filter((each) => each !== null);
}

/** @typedef {ReturnType<typeof timeAxis>} TimeAxis */

/** @param {PageCell} cell @param {TimeAxis} axis */
function latencyChart({ latency, headline }, axis) {
  if (latency.p50Us.every((value) => value === null)) return null;
  const { atS, p50Us, p90Us, p99Us, maxUs } = latency;
  return chart({
    ...{ title: 'Latency', unit: `ms, ${headline}` },
    ...axis,
    yLog: isWide([[...p50Us], [...maxUs]]),
    tables: [
      {
        x: atS,
        lines: [
          { label: 'max', values: maxUs, tone: 'faint', text: msText, dots: true },
          { label: 'p99', values: p99Us, tone: 'ink', text: msText },
          { label: 'p90', values: p90Us, tone: 'accent', text: msText, width: 1, alpha: 0.75 },
          { label: 'p50', values: p50Us, tone: 'accent', text: msText, width: 2.5 },
        ],
      },
    ],
    bands: [
      { from: 'p50', to: 'p90', alpha: 0.16 },
      { from: 'p90', to: 'p99', alpha: 0.07 },
    ],
  });
}

/** @param {readonly Picked[]} picked @param {boolean} named */
function spectrumChart(picked, named) {
  const tables = picked.flatMap(({ cell, run }) =>
    cell.spectrum
      .filter(({ name }, _, all) => !named || name === all[0]?.name)
      .map(({ name, x, us }) => ({
        x,
        lines: [
          {
            label: named ? `${runName(run)} ${name}` : name,
            values: us,
            tone: named
              ? toneOf(run)
              : name === 'response' || cell.spectrum.length === 1
                ? /** @type {Tone} */ ('accent')
                : 'ink',
            text: msText,
            width: name === 'response' ? 2 : 1.5,
            dashed: name === 'service' && cell.spectrum.length > 1,
          },
        ],
      })),
  );
  if (tables.length === 0) return null;
  return chart({
    ...{ title: 'By percentile', unit: 'ms', xName: 'percentile', xText: percentileText, xLog: true },
    yLog: true,
    tables,
  });
}

/** @param {PageCell} cell @param {TimeAxis} axis */
function rateChart({ rate }, axis) {
  const sends = rate.planned.some((value) => value !== null && value > 0);
  const matched = rate.answered.some((value) => value !== null && value > 0);
  const achieved = matched ? rate.answered : rate.received;
  if (!sends && !achieved.some((value) => value !== null && value > 0)) return null;
  return chart({
    ...{ title: 'Rate', unit: 'msg/s' },
    ...axis,
    tables: [
      {
        x: rate.atS,
        lines: [
          ...(sends
            ? [
                {
                  label: 'asked',
                  values: rate.planned,
                  tone: /** @type {Tone} */ ('accent'),
                  text: countText,
                  width: 6,
                  alpha: 0.22,
                },
              ]
            : []),
          { label: matched ? 'answered' : 'received', values: achieved, tone: 'accent', text: countText, width: 1.5 },
        ],
      },
    ],
  });
}

/** @param {PageCell} cell @param {TimeAxis} axis */
function connectionsChart({ wall }, axis) {
  if (wall.atS.length === 0) return null;
  const troubled = wall.errors.some((value) => value !== null && value > 0);
  return chart({
    ...{ title: 'Connections', unit: troubled ? 'open; errors per second' : 'open' },
    ...axis,
    tables: [
      {
        x: wall.atS,
        lines: [
          { label: 'open', values: wall.open, tone: 'accent', text: countText, width: 2 },
          ...(troubled
            ? [{ label: 'errors', values: wall.errors, tone: /** @type {Tone} */ ('bad'), text: countText }]
            : []),
        ],
      },
    ],
  });
}

/** @param {readonly (number | null)[]} ms @returns {(number | null)[]} */
function asUs(ms) {
  return ms.map((value) => (value === null ? null : value * 1000));
}

/** Whatever is high here is the generator's fault, not the server's. @param {PageCell} cell @param {TimeAxis} axis */
function latenessChart({ lag, wall }, axis) {
  if (wall.atS.length === 0) return null;
  return chart({
    ...{ title: 'Generator: lateness and pauses', unit: 'ms' },
    ...axis,
    tables: [
      {
        x: lag.atS,
        lines: [
          { label: 'send lag p99', values: lag.p99Us, tone: 'ink', text: msText },
          { label: 'send lag p50', values: lag.p50Us, tone: 'accent', text: msText, width: 2 },
        ],
      },
      {
        x: wall.atS,
        lines: [
          { label: 'event loop stood still', values: asUs(wall.blockedMs), tone: 'warn', text: msText, dashed: true },
          { label: 'GC pause', values: asUs(wall.gcPauseMs), tone: 'faint', text: msText },
        ],
      },
    ],
  });
}

/** @param {PageCell} cell @param {TimeAxis} axis */
function cpuChart({ wall, server }, axis) {
  if (wall.atS.length === 0) return null;
  const machine = server.machineCpuPercent;
  return chart({
    ...{ title: 'Generator: CPU', unit: '% of a core' },
    ...axis,
    tables: [
      {
        x: wall.atS,
        lines: [
          { label: 'all workers', values: wall.cpuPercent, tone: 'accent', text: percentText, width: 2 },
          { label: 'busiest event loop', values: wall.busyPercent, tone: 'ink', text: percentText, dashed: true },
        ],
      },
      ...(machine.every((value) => value === null)
        ? []
        : [
            {
              x: server.atS,
              lines: [
                { label: 'whole machine', values: machine, tone: /** @type {Tone} */ ('faint'), text: percentText },
              ],
            },
          ]),
    ],
  });
}

/** @param {PageCell} cell @param {TimeAxis} axis @returns {Node[]} */
function serverCharts({ server: { atS, cpuPercent, rssBytes } }, axis) {
  if (cpuPercent.every((value) => value === null)) return [];
  const one = (/** @type {string} */ title, /** @type {string} */ unit, /** @type {Line} */ line) =>
    chart({ title, unit, ...axis, tables: [{ x: atS, lines: [line] }] });
  return [
    one('Server: CPU', '% of a core', {
      label: 'CPU',
      values: cpuPercent,
      tone: 'accent',
      text: percentText,
      width: 2,
    }),
    one('Server: memory', 'MB resident', {
      label: 'memory',
      values: rssBytes,
      tone: 'accent',
      text: megabytesText,
      width: 2,
    }),
  ];
}

/** @param {readonly Picked[]} picked @returns {Node[]} */
function several(picked) {
  const axis = timeAxis(picked.map(({ cell }) => cell));
  /** @param {string} title @param {string} unit @param {(each: Picked) => { x: readonly (number | null)[], lines: Line[] }} table @param {boolean} yLog */
  const over = (title, unit, table, yLog) => chart({ title, unit, ...axis, yLog, tables: picked.map(table) });
  const own = (/** @type {number} */ run, /** @type {string} */ label) => ({
    label: `${runName(run)} ${label}`,
    tone: toneOf(run),
  });
  const wide = picked.some(({ cell }) => isWide([[...cell.latency.p50Us], [...cell.latency.p99Us]]));
  return [
    over(
      'Latency',
      'ms',
      ({ cell: { latency }, run }) => ({
        x: latency.atS,
        lines: [
          { ...own(run, 'p99'), values: latency.p99Us, text: msText, dashed: true },
          { ...own(run, 'p50'), values: latency.p50Us, text: msText, width: 2 },
        ],
      }),
      wide,
    ),
    spectrumChart(picked, true),
    over(
      'Rate',
      'msg/s answered',
      ({ cell: { rate }, run }) => ({
        x: rate.atS,
        lines: [{ ...own(run, 'answered'), values: rate.answered, text: countText }],
      }),
      false,
    ),
    over(
      'Connections',
      'open',
      ({ cell: { wall }, run }) => ({
        x: wall.atS,
        lines: [{ ...own(run, 'open'), values: wall.open, text: countText }],
      }),
      false,
    ),
    over(
      'Generator: send lag p99',
      'ms',
      ({ cell: { lag }, run }) => ({ x: lag.atS, lines: [{ ...own(run, 'p99'), values: lag.p99Us, text: msText }] }),
      false,
    ),
    over(
      'Generator: CPU',
      '% of a core',
      ({ cell: { wall }, run }) => ({
        x: wall.atS,
        lines: [{ ...own(run, 'all workers'), values: wall.cpuPercent, text: percentText }],
      }),
      false,
    ),
    picked.every(({ cell }) => cell.server.cpuPercent.every((value) => value === null))
      ? null
      : over(
          'Server: CPU',
          '% of a core',
          ({ cell: { server }, run }) => ({
            x: server.atS,
            lines: [{ ...own(run, 'CPU'), values: server.cpuPercent, text: percentText }],
          }),
          false,
        ),
  ].filter((each) => each !== null);
}

/** @param {PageCell} cell */
function details(cell) {
  const quantiles = cell.quantiles.map(({ name, response, service, lag }) => [
    name,
    msText(response),
    msText(service),
    msText(lag),
  ]);
  const heads = [
    { name: '', right: false },
    ...['response', 'service', 'send lag'].map((name) => ({ name, unit: 'ms' })),
  ];
  const troubles = [
    ...cell.errors.map(({ what, count }) => ['error', what, countText(count)]),
    ...cell.closes.map(({ what, count }) => ['close code', what, countText(count)]),
  ];
  return el(
    'div',
    { class: 'details' },
    cell.quantiles.length === 0
      ? null
      : el(
          'div',
          {},
          el('h3', {}, 'Latency, whole time'),
          dataTable('Latency of the whole measured time', heads, quantiles),
        ),
    el('div', {}, el('h3', {}, 'This cell'), factList(cell.facts)),
    el('div', {}, el('h3', {}, 'Messages'), factList(cell.messages)),
    el(
      'div',
      {},
      el('h3', {}, 'Errors and close codes'),
      troubles.length === 0
        ? el('p', { class: 'remark' }, 'none')
        : dataTable(
            'Errors and close codes',
            [{ name: '', right: false }, { name: 'what', right: false }, { name: 'count' }],
            troubles,
          ),
    ),
  );
}
