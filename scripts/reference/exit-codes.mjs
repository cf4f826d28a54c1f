// docs/reference/exit-codes.md: the public exit codes in the order in which they win.
import { EXIT, EXIT_MEANINGS } from '../../dist/src/errors.js';
import { code, page, table } from './markdown.mjs';

export function exitCodesPage() {
  const rows = Object.entries(EXIT).map(([name, number]) => {
    const { means, next } = EXIT_MEANINGS[name];
    return [code(String(number)), code(name), means, next];
  });
  return page(
    'Exit codes',
    `Where several apply, the earlier in this list wins. So a threshold that a busy generator leaves open ends with 98, never with 99;
    what surely failed behind 98 is named in the last line all the same, and in \`verdict.thresholds\`;
    a check that failed stays failed (99), whatever else could not be judged.
    A cell that is INVALID only because its brackets are wide still passes or fails (\`0\`, \`99\`) if both ends of each
    bracket decide every gating threshold on its latency: 10 to 31 ms is under 50 ms on any machine. The names are those of \`EXIT\`, which the library exports.`,
    table(['exit code', 'name', 'meaning', 'what to do'], rows),
  );
}
