import type { Shares } from '../../app/tasks.js';
import type { Problem } from '../../errors.js';
import { suggest } from '../../profile/did-you-mean.js';
import { COMPARED_KEYS } from '../../verdict/compare/metrics.js';

/** `--margin p50=5%,p99=0.1`: a share for each metric named. Anything else becomes a problem. */
export function marginsOf(given: readonly string[], problems: Problem[]): Shares {
  return sharesOf('--margin', given, problems);
}

/** `--noise`: as margins, or one share for all metrics. */
export function noiseOf(given: readonly string[], problems: Problem[]): Shares {
  const [one, ...others] = given;
  if (one === undefined || one.includes('=') || others.length > 0) return sharesOf('--noise', given, problems);
  const all = share('--noise', one, problems);
  return Object.fromEntries(COMPARED_KEYS.map((key) => [key, all]));
}

function sharesOf(flag: string, given: readonly string[], problems: Problem[]): Shares {
  const shares: { -readonly [Key in keyof Shares]: Shares[Key] } = {};
  const texts = given.flatMap((one) => one.split(',')).filter((text) => text.trim() !== '');
  for (const text of texts) {
    const [, name = '', value = ''] = /^\s*(\w+)\s*=\s*(.*)$/.exec(text) ?? [];
    const key = COMPARED_KEYS.find((known) => known === name);
    if (key === undefined) {
      const hint = `write it like p99=15%; ${suggest(name, COMPARED_KEYS)}`;
      problems.push({ where: flag, message: `${JSON.stringify(text)} names no metric`, hint });
    } else {
      shares[key] = share(`${flag} ${key}`, value, problems);
    }
  }
  return shares;
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
