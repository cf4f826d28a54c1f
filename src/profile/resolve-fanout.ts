import { suggest } from './did-you-mean.js';
import type { Path } from './document.js';
import type { RequestSpec, RuleSpec, TalkSpec } from './profile.js';
import { type ReachUse, reachProblems, restPaths } from './reach.js';
import type { Resolution } from './resolution.js';
import type { TalkUse, TalkWords } from './resolve-talk.js';

interface FanoutWords {
  readonly words: TalkWords;
  readonly requests: readonly RequestSpec[];
  readonly when: readonly RuleSpec[];
  readonly rooms: number | null;
}

/**
 * How deliveries are judged, with what may be wrong about them. Null if no request reaches other connections; those of a
 * script are not known yet.
 */
export function resolveFanout(
  { words, requests, when, rooms }: FanoutWords,
  path: Path,
  use: TalkUse,
  resolution: Resolution,
): NonNullable<TalkSpec['deliver']> | null {
  const reaching = requests.filter(({ reaches }) => reaches !== undefined);
  const hasScript = words.word('script') !== null;
  if (!hasScript) checkRules(words, when, path, resolution);
  if (reaching.length === 0 && !hasScript) return null;
  const { model, connections, fewest, reply } = use;
  const reachUse: ReachUse = {
    ...{ protocol: words.protocol.name, model, most: connections, fewest, rooms, match: reply.match },
    delivered: deliveredBy(when),
  };
  for (const [index, request] of requests.entries()) {
    for (const { message, hint, restsOn } of reachProblems(request, reachUse)) {
      const at = [...words.requests!.path, index, 'reaches'];
      resolution.problems.rule({ path: at, at: 'key', message, hint }, restPaths(restsOn, path));
    }
  }
  return { timeoutMs: words.word('deliver')?.value.timeout ?? reply.timeoutMs };
}

/** The requests whose deliveries are known by a rule. */
export function deliveredBy(when: readonly RuleSpec[]): readonly string[] {
  return when.filter(({ means }) => means === 'delivery').map(({ name }) => name);
}

/** What is said of deliveries must be about a request that reaches others, if only in a load that sends it. */
function checkRules(words: TalkWords, when: readonly RuleSpec[], path: Path, { problems }: Resolution): void {
  const rules = words.word('when');
  const written = words.word('requests')?.value ?? [];
  const reaching = written.filter(({ reaches }) => reaches !== undefined).map(({ name }) => name);
  for (const [index, { means, name }] of when.entries()) {
    if (means !== 'delivery' || reaching.includes(name)) continue;
    const isThere = written.some((request) => request.name === name);
    const message = isThere ? 'names a request that reaches nobody' : 'names no request';
    const hint = isThere || reaching.length === 0 ? SAY_WHOM : suggest(name, reaching);
    const at = [...rules!.path, index, 'delivers'];
    problems.rule({ path: at, message, hint }, [['requests'], [...path, 'requests']]);
  }
}

/** For requests and loads whose deliveries nobody has asked for. */
export const SAY_WHOM = 'say whom the request reaches: reaches: all, room or others';
