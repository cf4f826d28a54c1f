// docs/reference/faults.md: every fault of the reference server, from its catalogue.
import { CATALOGUE } from '../../dist/src/server/faults/catalogue.js';
import { code, page, table } from './markdown.mjs';

export function faultsPage() {
  const rows = Object.values(CATALOGUE).map(({ forms, does }) => [forms.map(code).join(', '), does]);
  return page(
    'Faults of the reference server',
    `\`wsurge serve --faults stall:100ms/1s,drop:1%\`: a server that is slow or wrong by plan. Faults stand between commas
    or plus signs. How they work together is told in [the guide](../guide/reference-server.md).`,
    table(['written', 'what happens'], rows),
  );
}
