// docs/reference/limits.md: the limits that a measurement is judged by, and what each reason means.
import { grainUsOf, LIMITS, TARGET_LIMITS } from '../../dist/src/verdict/limits.js';
import { REASONS } from '../../dist/src/verdict/reasons.js';
import { code, page, paragraph, table } from './markdown.mjs';

/** Keys whose numbers are not shares of 1. */
const NO_SHARE = /^(ms|us|percent|messages|rho|p|r2|points|windows|.*(Ms|Us|[gG]rains|[tT]ails))$/;

const PACINGS = ['timer', 'metronome', 'spin'];

export function limitsPage() {
  const limits = { ...LIMITS, ...TARGET_LIMITS };
  const rowsOf = (side) =>
    Object.entries(REASONS)
      .filter(([, reason]) => reason.side === side)
      .map(([name, { means }]) => [
        `[${code(name)}](../guide/troubleshooting.md#${name})`,
        means,
        limitText(limits[name]),
      ]);
  return page(
    'Reasons and limits',
    `Every reason a measurement can be doubted for, and every remark on the target. The numbers are those of
    \`src/verdict/limits.ts\`; shares are percent, \`any\` means above 0. What to do about a reason stands in
    [troubleshooting](../guide/troubleshooting.md).`,
    paragraph(`Above \`degraded\` a number may be off, above \`invalid\` it says more about the generator than about the
    target. \`ms\` and \`us\` are times. \`grains\` are multiples of what a wake-up costs:
    ${PACINGS.map((pacing) => `${grainUsOf(pacing) / 1000} ms with ${code(pacing)}`).join(', ')}. \`tails\` are multiples of
    the share of messages beyond the highest quantile that is judged: 1 % for p99.`),
    '## The generator',
    table(['reason', 'what it says', 'limits'], rowsOf('client')),
    '## The target',
    table(['reason', 'what it says', 'limits'], rowsOf('target')),
  );
}

function limitText(limit, under = '') {
  if (limit === undefined) return '';
  return Object.entries(limit)
    .map(([key, value]) =>
      typeof value === 'object' ? `${key} (${limitText(value, key)})` : `${key} ${numberText(key, value, under)}`,
    )
    .join(', ');
}

function numberText(key, value, parent) {
  if (typeof value !== 'number') return String(value);
  if (value === 0) return 'any';
  return NO_SHARE.test(key) || NO_SHARE.test(parent) || value > 1
    ? String(value)
    : `${Number((value * 100).toPrecision(6))} %`;
}
