import type { Shares } from '../../app/tasks.js';
import type { Problem } from '../../errors.js';
import { suggest } from '../../profile/did-you-mean.js';
import { COMPARED_KEYS } from '../../verdict/compare/metrics.js';
import { evenNoise } from '../../verdict/compare/noise.js';
import type { Given } from './flag-values.js';

/** `--margin p50=5%,p99=0.1`: a share for each metric named. Anything else becomes a problem. */
export function marginsOf(given: readonly Given<string>[], problems: Problem[]): Shares {
  const shares: { -readonly [Key in keyof Shares]: Shares[Key] } = {};
  for (const { value, origin } of given) {
    for (const text of value.split(',').filter((part) => part.trim() !== '')) {
      const [, name = '', size = ''] = /^\s*(\w+)\s*=\s*(.*)$/.exec(text) ?? [];
      const key = COMPARED_KEYS.find((known) => known === name);
      if (key !== undefined) shares[key] = share(`${origin} ${key}`, size, problems);
      else {
        const hint = `write it like p99=15%; ${suggest(name, COMPARED_KEYS)}`;
        problems.push({ where: origin, message: `${JSON.stringify(text)} names no metric`, hint });
      }
    }
  }
  return shares;
}

/** `--noise`: as margins, or one share for all metrics but the reach. */
export function noiseOf(given: readonly Given<string>[], problems: Problem[]): Shares {
  const [one, ...others] = given;
  if (one === undefined || one.value.includes('=') || others.length > 0) return marginsOf(given, problems);
  const all = share(one.origin, one.value, problems);
  return evenNoise(all);
}

/** Reads `5%` or `0.05`: above 0, at most 1. NaN after noting a problem if the text is no such share. */
function share(where: string, text: string, problems: Problem[]): number {
  const [, digits, percent] = /^\s*(\d+(?:\.\d+)?|\.\d+)\s*(%?)\s*$/.exec(text) ?? [];
  const value = Number(digits ?? Number.NaN) / (percent === '%' ? 100 : 1);
  if (value > 0 && value <= 1) return value;
  problems.push({
    where,
    message: `${JSON.stringify(text)} is no share above 0 %`,
    hint: 'e.g. 5% or 0.05, at most 100%',
  });
  return Number.NaN;
}
