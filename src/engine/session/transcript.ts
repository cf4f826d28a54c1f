import { legible } from '../../dialect/legible.js';
import type { WireMatch, WireMembers, WireRule } from '../../dialect/wire.js';

/** What happens on a connection while its session opens and afterwards, for whoever keeps a transcript. */
export type TranscriptEvent =
  /** A step begins. `sent` and the texts of `expects` have their tokens filled in; null for nothing. */
  | { readonly type: 'step'; readonly name: string; readonly sent: string | null; readonly expects: WireMatch | null }
  | { readonly type: 'done'; readonly name: string }
  /** Sent beside the steps. */
  | { readonly type: 'sent'; readonly text: string; readonly why: 'duty' | 'beat' | 'script' }
  /** Told before anything follows from it. The bytes are valid during the call. */
  | {
      readonly type: 'received';
      readonly bytes: Buffer;
      readonly start: number;
      readonly end: number;
      readonly as: TakenFor;
      /** Not all of it is text; absent: it is. */
      readonly isBytes?: boolean;
    };

/**
 * What a message was taken for. `expected`: a step waited for it. `refused`: the session fails by it. `ends`: the server
 * ended the session. `ignored`: it came before the session was ready and means nothing to it.
 */
export type TakenFor = 'expected' | 'refused' | 'ignored' | WireRule['means'];

/** The match with its tokens filled in. */
export function filledMatch(match: WireMatch, fill: (text: string) => string): WireMatch {
  const { starts, bytes, has, headers, members, inside, json } = match;
  const filled = (of: WireMembers) =>
    Object.fromEntries(Object.entries(of).map(([name, text]) => [name, text === null ? null : fill(text)]));
  return {
    ...match,
    ...(starts === undefined ? {} : { starts: fill(starts) }),
    ...(bytes === undefined ? {} : { bytes: fill(bytes) }),
    ...(has === undefined ? {} : { has: has.map(fill) }),
    ...(headers === undefined ? {} : { headers: filled(headers) }),
    ...(members === undefined ? {} : { members: filled(members) }),
    ...(inside === undefined ? {} : { inside: { ...inside, members: filled(inside.members) } }),
    ...(json === undefined ? {} : { json: { at: json.at, subset: fill(json.subset) } }),
  };
}

/** A match in words, completing "a message that ...": `begins with 40, and has type = "ack"`. */
export function matchWords(match: WireMatch): string {
  const { starts, bytes, layout, has = [], headers = {}, members = {}, inside, json } = match;
  const parts = [
    ...(bytes === undefined ? [] : [`begins with ${legible(Buffer.from(bytes, 'latin1'))}`]),
    ...(layout === undefined ? [] : ['carries content']),
    ...(starts === undefined || starts === '' ? [] : [`begins with ${starts}`]),
    ...has.map((part) => `holds ${part}`),
    ...Object.entries(headers).map(([name, text]) => (text === null ? `has ${name}` : `has ${name}:${text}`)),
    ...membersWords(members, ''),
    ...(inside === undefined ? [] : membersWords(inside.members, `${inside.member}.`)),
    ...(json === undefined ? [] : [`holds ${json.subset}${placeWords(json.at)}`]),
  ];
  return parts.length === 0 ? 'says anything' : parts.join(', and ');
}

/** A text that ends in `*` is only how the member begins. */
function membersWords(members: WireMembers, before: string): string[] {
  return Object.entries(members).map(([name, text]) => {
    if (text === null) return `has ${before}${name}`;
    return text.endsWith('*') ? `has ${before}${name} = ${text.slice(0, -1)}...` : `has ${before}${name} = ${text}`;
  });
}

function placeWords(at: readonly (string | number)[]): string {
  if (at.length === 0) return '';
  return ` at $${at.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('')}`;
}
