// docs/reference/counters.md: what `cells[].flows[].messages` of a result counts.
import { COUNTER_MEANINGS } from '../../dist/src/metrics/counters.js';
import { code, page, table } from './markdown.mjs';

export function countersPage() {
  return page(
    'Counters',
    `What happened to messages: \`cells[].flows[].messages\` of \`result.json\`, and the counters of
    \`intervals.ndjson\`. \`lost\` is timedOut - late + lostOnClose + inFlightAtEnd. The laws that bind them stand in
    [ARCHITECTURE](../../ARCHITECTURE.md#laws).`,
    table(
      ['counter', 'what it counts'],
      Object.entries(COUNTER_MEANINGS).map(([name, meaning]) => [code(name), meaning]),
    ),
  );
}
