/** `npm run lab -- hostile [WORD...]`: every situation, one line each; 1 where any came out wrong. */
import { performance } from 'node:perf_hooks';
import { clientCases } from './clients.js';
import { fileCases } from './files.js';
import { machineCases } from './machine.js';
import { serverCases } from './servers.js';
import { signalCases } from './signals.js';

/** `words`: only cases whose group or name holds one of them. */
export async function hostileMain(words: readonly string[], print: (text: string) => void): Promise<number> {
  const all = [...serverCases(), ...clientCases(), ...fileCases(), ...machineCases(), ...signalCases()];
  const isAsked = (text: string) => words.length === 0 || words.some((word) => text.includes(word));
  const cases = all.filter(({ group, name }) => isAsked(`${group} ${name}`));
  const counts = { ok: 0, FAIL: 0, skip: 0 };
  for (const { group, name, run } of cases) {
    const startMs = performance.now();
    const finding = await run();
    const word = finding === null ? 'ok' : 'wrong' in finding ? 'FAIL' : 'skip';
    counts[word]++;
    const why =
      finding === null ? '' : `: ${'wrong' in finding ? finding.wrong.replaceAll(/\s+/g, ' ') : finding.skipped}`;
    const took = ((performance.now() - startMs) / 1000).toFixed(1);
    print(`${word.padEnd(4)} ${group.padEnd(11)} ${took.padStart(5)} s  ${name}${why}\n`);
  }
  print(`${counts.ok} as they should be, ${counts.FAIL} wrong, ${counts.skip} not tried\n`);
  return counts.FAIL === 0 && cases.length > 0 ? 0 : 1;
}
