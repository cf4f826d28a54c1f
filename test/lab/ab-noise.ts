/** Noise that was measured, for comparisons that are played: the turns of A against A, out of the record of the proof. */

import { LOAD_TEXT, type Trial } from './ab-trial.js';
import type { Setting } from './accuracy-page.js';

export interface AbNoise {
  readonly how: string;
  /** Median service times of one build in consecutive turns, microseconds. */
  readonly turnsUs: readonly number[];
}

export function noiseFrom(trials: readonly Trial[], { cpu, cores, kernel, node, date }: Setting): AbNoise {
  const same = trials.filter(({ kind }) => kind === 'the same');
  const turnsUs = same.flatMap(({ rounds }) =>
    rounds.flatMap(({ order, aUs, bUs }) => (order === 'ab' ? [aUs, bUs] : [bUs, aUs])),
  );
  return {
    how:
      `Median service times of a handler of 10 ms, in consecutive turns of the ${same.length} trials of A against A in \`npm run lab -- ab\` of ${date}: ${LOAD_TEXT}, each turn on a fresh server, ` +
      `target and generator on one machine (${cpu}, ${cores} cores, ${kernel}, Node ${node}) with little else running. Between two trials lie those of slower builds. Turns that could not be measured are left out. Written by \`npm run lab -- ab --noise\`.`,
    turnsUs,
  };
}

const WIDTH = 120;
const INDENT = '    ';

/** As the formatter has it: as many numbers to a line as fit. */
export function noiseText({ how, turnsUs }: AbNoise): string {
  const lines: string[] = [];
  turnsUs.forEach((us, i) => {
    const word = `${us}${i === turnsUs.length - 1 ? '' : ','}`;
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= WIDTH) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(INDENT + word);
  });
  return `{\n  "how": ${JSON.stringify(how)},\n  "turnsUs": [\n${lines.join('\n')}\n  ]\n}\n`;
}
