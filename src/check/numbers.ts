/** Which numbered messages are lost, repeated or out of order. Pure functions, so that tests can try every case. */

const MOST_SHOWN = 5;

/**
 * How `came` differs from `sent`, or null: which numbers are lost, came too often, or were never sent; if none, where
 * the order breaks first. `areLate`: messages were still coming when the wait ended, so the missing ones are called
 * late.
 */
export function numbersProblem(sent: readonly number[], came: readonly number[], areLate = false): string | null {
  const open = countsOf(sent);
  const extra: number[] = [];
  for (const number of came) {
    const left = open.get(number) ?? 0;
    if (left > 0) open.set(number, left - 1);
    else extra.push(number);
  }
  const lost = [...open].flatMap(([number, left]) => Array.from({ length: left }, () => number));
  const problems = [
    lost.length === 0 ? null : `${lost.length} of ${sent.length} ${areLate ? 'late' : 'lost'}: ${some(lost)}`,
    extra.length === 0 ? null : `${extra.length} too many: ${some(extra)}`,
  ].filter((problem) => problem !== null);
  if (problems.length > 0) return problems.join('; ');
  const at = sent.findIndex((number, index) => came[index] !== number);
  return at < 0 ? null : `${numberText(came[at]!)} came where ${sent[at]} was due (place ${at + 1} of ${sent.length})`;
}

function countsOf(numbers: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const number of numbers) counts.set(number, (counts.get(number) ?? 0) + 1);
  return counts;
}

function some(numbers: readonly number[]): string {
  const shown = numbers.slice(0, MOST_SHOWN).map(numberText);
  return `${shown.join(', ')}${numbers.length > MOST_SHOWN ? ', ...' : ''}`;
}

/** A message without a number has NaN. */
function numberText(number: number): string {
  return Number.isFinite(number) ? String(number) : 'no number';
}

/** All numbers if they are few, otherwise the first and the last. */
export function listedNumbers(numbers: readonly number[]): string {
  if (numbers.length <= MOST_LISTED) return numbers.map(numberText).join(', ');
  return `${numbers.slice(0, MOST_SHOWN).map(numberText).join(', ')}, ... ${numberText(numbers.at(-1)!)}`;
}

const MOST_LISTED = 10;
