/**
 * What is wrong with a server, each cause once, the most harmful first: forty checks that fail because replies differ
 * from what was sent are one thing to mend.
 */
import { codeText } from '../../check/outcome/sentence.js';
import { isOfLook, lookEndText, type ServerEnd } from '../../check/outcome/server-end.js';
import { isShutOut } from '../../check/outcome/shut-out.js';
import type { CheckResult, ScenarioResult } from '../../check/runner.js';
import type { CheckDocument } from '../../documents/check-document.js';
import type { FoundPart } from '../../documents/check-found.js';
import { capital, withoutStop } from '../../text/sentence.js';
import { reasonsFor } from '../shared/doubt-lines.js';
import { patternOf, RANKS, type Rank } from './patterns.js';

export interface Cause {
  readonly kind: 'failed' | 'noticed' | 'load';
  /** What is wrong, a sentence without its full stop. */
  readonly what: string;
  /** The reason of the first check that says so; '' where `what` says it all. */
  readonly example: string;
  /** Ids, in order. */
  readonly checks: readonly string[];
  /** What to do about it, a sentence without its full stop; '' where `what` says that too. */
  readonly fix: string;
}

/** First failures, by harm and cause; then what was noticed although nothing failed; then what the load showed. */
export function causesOf(
  document: Pick<CheckDocument, 'scenarios' | 'load' | 'found'> & Partial<Pick<CheckDocument, 'serverEnds'>>,
): Cause[] {
  const { scenarios, load, serverEnds = [], found } = document;
  const first = [
    ...lookCauses(serverEnds),
    ...shutOutCauses(found ?? null, scenarios),
    ...refusedCauses(found ?? null),
  ];
  return [...first, ...failureCauses(scenarios), ...noticed(scenarios), ...loadCauses(load)];
}

/** The look sends one valid message on each connection: if that ends the server, any client can end it. */
function lookCauses(serverEnds: readonly ServerEnd[]): Cause[] {
  return serverEnds.filter(isOfLook).map((end): Cause => {
    const fix = 'catch errors where messages are handled (JSON.parse, for one)';
    return { kind: 'failed', what: lookEndText(end), example: '', checks: [], fix };
  });
}

function shutOutCauses(found: FoundPart | null, scenarios: readonly ScenarioResult[]): Cause[] {
  if (found === null || !isShutOut(found.kind, scenarios)) return [];
  const what = `${capital(shutOutText(found))}, so that nothing beyond the handshake was checked`;
  const fix =
    "send what it asks for, a header or a token: -H 'Authorization: Bearer ...', or target.headers of the profile";
  return [{ kind: 'noticed', what, example: '', checks: [], fix }];
}

function refusedCauses(found: FoundPart | null): Cause[] {
  if (found?.kind.name !== 'refuses') return [];
  const what = `The server ends the connection on every message that was tried (${codeText(found.kind)}), so that nothing it takes was sent`;
  const fix =
    'give a message that it takes, check.envelope of the profile, or a header or a token, target.headers of the profile';
  return [{ kind: 'noticed', what, example: '', checks: [], fix }];
}

/** `the server closes every connection at once (1008 "token missing")`. */
export function shutOutText({ kind }: Pick<FoundPart, 'kind'>): string {
  return `the server closes every connection at once${kind.name === 'closes' ? ` (${codeText(kind)})` : ''}`;
}

type Failure = CheckResult & { readonly status: 'failed' };

interface Group {
  readonly rank: Rank;
  readonly what: string;
  readonly fix: string;
  readonly failures: Failure[];
}

function failureCauses(scenarios: readonly ScenarioResult[]): Cause[] {
  const failures = scenarios
    .flatMap(({ checks }) => checks)
    .filter((check): check is Failure => check.status === 'failed');
  const groups = new Map<string, Group>();
  for (const failure of failures) {
    const { key, ...group } = groupOf(failure, failures);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { ...group, failures: [failure] });
    else known.failures.push(failure);
  }
  const worst = [...groups.values()].sort((a, b) => {
    return RANKS.indexOf(a.rank) - RANKS.indexOf(b.rank) || b.failures.length - a.failures.length;
  });
  return worst.map(({ what, fix, failures: own }) => {
    const example = what.endsWith(own[0]!.reason) ? '' : own[0]!.reason;
    return { kind: 'failed', what: capital(what), example, checks: own.map(({ id }) => id), fix };
  });
}

function groupOf(failure: Failure, all: readonly Failure[]): Omit<Group, 'failures'> & { readonly key: string } {
  const { reason, title, expected, id } = failure;
  const pattern = patternOf(reason, (inner) => all.some((other) => isPlain(other) && inner.matches.test(other.reason)));
  const isSecurity = id.startsWith('S.');
  // A security check fails where the server takes what it should refuse. Only harm to everybody has the same cause
  // there.
  if (pattern !== null && (!isSecurity || RANKS.indexOf(pattern.rank) < RANKS.indexOf('security'))) {
    const { rank, what, fix } = pattern;
    return { key: what, rank, what, fix };
  }
  const what = `${title}: ${reason}`;
  const rank = isSecurity ? 'security' : 'other';
  return { key: what, rank, what, fix: expected === '' ? '' : `it should be: ${expected}` };
}

/**
 * A check with one client. Where such a check fails already, the same failure of others says nothing about bystanders.
 */
function isPlain({ id }: Failure): boolean {
  return /^[1-3]\./.test(id);
}

/** Advice of any check, each once though the numbers in it differ. */
function noticed(scenarios: readonly ScenarioResult[]): Cause[] {
  const groups = new Map<string, { readonly texts: string[]; readonly checks: string[] }>();
  for (const { id, advice } of scenarios.flatMap(({ checks }) => checks)) {
    for (const text of advice) {
      const key = text.replace(NUMBER, '0');
      const group = groups.get(key) ?? { texts: [], checks: [] };
      group.texts.push(text);
      if (!group.checks.includes(id)) group.checks.push(id);
      groups.set(key, group);
    }
  }
  return [...groups.values()].map(({ texts, checks }): Cause => {
    return { kind: 'noticed', what: capital(withoutStop(merged(texts))), example: '', checks, fix: '' };
  });
}

const NUMBER = /\d+/g;
/** With its decimals. */
const FIGURE = /\d+(?:\.\d+)?/g;

/** Texts that differ in numbers alone, as one: `say 1002, 1009 before cutting`. */
function merged(texts: readonly string[]): string {
  const numbers = texts.map((text) => text.match(NUMBER) ?? []);
  let at = 0;
  return texts[0]!.replace(NUMBER, () => {
    const index = at++;
    return [...new Set(numbers.map((each) => each[index]!))].join(', ');
  });
}

function loadCauses(load: CheckDocument['load']): Cause[] {
  if (load?.status !== 'measured') return [];
  const groups = new Map<string, { readonly message: string; readonly fix: string; readonly cells: string[] }>();
  for (const { side, fix, cell, message } of reasonsFor(load.result)) {
    if (side !== 'target' || fix === null) continue;
    const key = message.replace(FIGURE, '0');
    const group = groups.get(key) ?? { message, fix, cells: [] };
    if (cell !== null) group.cells.push(cell);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ message, fix, cells }): Cause => {
    const what = `Under load${cells.length === 0 ? '' : ` (${cells.join(', ')})`}: ${message}`;
    return { kind: 'load', what: withoutStop(what), example: '', checks: [], fix: withoutStop(fix) };
  });
}
