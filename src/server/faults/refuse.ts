import { STATUS_CODES } from 'node:http';
import { Rng, seedOf } from '../../stats/rng.js';
import type { HttpAnswer } from '../admission.js';
import { type FaultKind, shareOf, Wrong } from './fault-kind.js';

export interface Refuse {
  /** An HTTP status; `cut`: the TCP connection is closed without an answer; `hang`: the upgrade is never answered. */
  readonly how: number | 'cut' | 'hang';
  readonly whom: Whom;
}

type Whom =
  | { readonly kind: 'all' }
  | { readonly kind: 'share'; readonly share: number }
  /** First and last connection, both included; connections are counted from 0. */
  | { readonly kind: 'numbers'; readonly ranges: readonly (readonly [number, number])[] };

export const refuse: FaultKind<Refuse> = {
  forms: ['refuse:503', 'refuse:503(10%)', 'refuse:503(5,50,100-)', 'refuse:cut(10%)', 'refuse:hang(10%)'],
  does: 'answers upgrades with that status, cuts them off, or never answers: all of them, a share, or by number (from 0)',
  parse: (argument) => {
    const match = /^([^()]+)(?:\(([^()]*)\))?$/.exec(argument);
    const how = howOf(match?.[1] ?? '');
    if (how instanceof Wrong) return how;
    const whom = whomOf(match?.[2]);
    return whom instanceof Wrong ? whom : { how, whom };
  },
};

/** Depends on the seed and the number of the connection only. */
export function isRefused({ whom }: Refuse, connection: number, seed: number): boolean {
  if (whom.kind === 'all') return true;
  if (whom.kind === 'numbers') return whom.ranges.some(([from, to]) => connection >= from && connection <= to);
  return new Rng(seedOf(seed, 'refuse', connection)).next() < whom.share;
}

export function refusalOf(status: number): HttpAnswer {
  const headers = { 'Content-Type': 'text/plain; charset=utf-8' };
  return { status, statusText: STATUS_CODES[status] ?? 'Refused', headers, body: 'refused by --faults\n' };
}

function howOf(text: string): Refuse['how'] | Wrong {
  if (text === 'cut' || text === 'hang') return text;
  const status = /^\d{3}$/.test(text) ? Number(text) : 0;
  if (status >= 400 && status <= 599) return status;
  return new Wrong(`${JSON.stringify(text)} is neither an HTTP status from 400 to 599, nor cut, nor hang`);
}

function whomOf(text: string | undefined): Whom | Wrong {
  if (text === undefined) return { kind: 'all' };
  if (text.includes('%')) {
    const share = shareOf(text.trim());
    return share instanceof Wrong ? share : { kind: 'share', share };
  }
  const ranges: [number, number][] = [];
  for (const part of text.split(',')) {
    const match = /^(\d{1,9})(-(\d{1,9})?)?$/.exec(part.trim());
    if (match === null)
      return new Wrong(`${JSON.stringify(part)} is not a number of a connection such as 5, 5-9 or 5-`);
    const from = Number(match[1]);
    const to = match[3] !== undefined ? Number(match[3]) : match[2] === undefined ? from : Number.POSITIVE_INFINITY;
    if (to < from) return new Wrong(`${part.trim()} ends before it begins`);
    ranges.push([from, to]);
  }
  return { kind: 'numbers', ranges };
}
