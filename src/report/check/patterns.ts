/** Reasons of failed checks and the cause behind them. */

/** By harm, the worst first. */
export const RANKS = [
  'ends',
  'leaks',
  'spreads',
  'security',
  'loses',
  'alters',
  'silent',
  'slow',
  'closes',
  'refuses',
  'accepts',
  'keeps',
  'other',
] as const;

export type Rank = (typeof RANKS)[number];

export interface Pattern {
  readonly matches: Pick<RegExp, 'test'>;
  readonly rank: Rank;
  readonly what: string;
  readonly fix: string;
}

const ENDS: Pattern = {
  matches: /^the server (?:has )?ended\b/,
  rank: 'ends',
  what: 'A client can end the server',
  fix: 'catch the errors of every connection (with the library ws: an error handler on each socket), so that a broken frame ends that connection alone',
};

const SPREADS: Pattern = {
  matches: /a client that did nothing wrong|another client got|other clients? (?:got|did not)/,
  rank: 'spreads',
  what: 'Trouble of one client reaches the others',
  fix: 'keep what goes wrong on one connection to that connection',
};

/** A close code that says why: 1008 and 1013 stand for a policy, codes from 4000 on are the server's own. */
const POLICY_CLOSE =
  /(?:the server closed with|before it closed with|the connection is closed \()\s*((?:1008|1013|4\d{3})(?: "[^"]*")?)/;

/** One cause for each code and its reason. */
function policyClose(reason: string): Pattern | null {
  const says = POLICY_CLOSE.exec(reason)?.[1];
  if (says === undefined) return null;
  return {
    matches: { test: (other) => POLICY_CLOSE.exec(other)?.[1] === says },
    rank: 'closes',
    what: `The server closes connections with ${says}`,
    fix: 'raise the limit for the test, or say it in the profile: check.security.quota (messages), check.security.connectionLimit (connections), check.answers (sizes)',
  };
}

const LOSES: Pattern = {
  matches: /\d+ of \d+ (?:messages )?(?:lost|came|were answered)|\d+ too many:|came where .* was due|of \d+ lost/,
  rank: 'loses',
  what: 'Messages are lost, repeated or out of order',
  fix: 'answer every message once, in the order in which they come',
};

/** The server ended the connection, and lost messages by that. */
const CLOSES: Pattern = {
  matches:
    /before it closed with|the server closed with|the connection is closed|closed with \d+.*instead of an answer/,
  rank: 'closes',
  what: 'The connection closes where an answer is due',
  fix: 'answer on the open connection; where such messages are to end it, say so in the profile',
};

/** The first pattern that matches counts, so the narrow ones stand before the wide ones. */
const PLAIN: readonly Pattern[] = [
  {
    matches: /^connection \d+ heard|a new connection hears what an old one left/,
    rank: 'leaks',
    what: 'Messages of one connection reach another',
    fix: 'keep what belongs to a connection with that connection, and drop it when the connection ends',
  },
  { ...CLOSES, matches: /the server closed with/ },
  LOSES,
  {
    matches:
      /bytes came back of|byte \d+ of \d+ is|the content is not what was sent|a binary message came|the bytes differ|the reply is not binary/,
    rank: 'alters',
    what: 'Replies are not what was sent',
    fix: 'send the content back unchanged; where the server is meant to answer in words of its own, say so with reply.echo and check.envelope of the profile',
  },
  CLOSES,
  {
    matches: /nothing came within|no longer answers|no pong within|no longer answers a ping/,
    rank: 'silent',
    what: 'No answer comes',
    fix: 'answer within the time of reply.timeout; where the server does not answer such messages, say so with reply.echo and check of the profile',
  },
  {
    matches: /no HTTP answer/,
    rank: 'other',
    what: 'A plain HTTP request gets no answer',
    fix: 'answer HTTP requests that ask for no WebSocket with a status, such as 426 (Upgrade Required)',
  },
  {
    matches: /\d+ of \d+ late:|a second, not \d|stalled for/,
    rank: 'slow',
    what: 'The server does not keep up',
    fix: 'answer and push at the rate that was asked for, in both directions at once',
  },
  {
    matches:
      /ECONNREFUSED|the server answered \d{3}|the upgrade was answered with|no open connection after|do not work:/,
    rank: 'refuses',
    what: 'Connections are refused',
    fix: 'take them, or name the limit with check.security.connectionLimit of the profile',
  },
  {
    matches: /the connection stays open/,
    rank: 'accepts',
    what: 'What breaks the protocol does not end the connection',
    fix: 'close with 1002 (broken frames), 1007 (not UTF-8) or 1009 (too large)',
  },
  {
    matches: /on the (?:server's )?list|files are open|open files, |memory grew/,
    rank: 'keeps',
    what: 'Connections that ended leave something behind',
    fix: 'release all that belongs to a connection when it ends, however it ends',
  },
];

/**
 * The cause behind a reason; null where none is known. `isUsual` tells whether checks with one client fail by the same
 * cause: then a failure among several clients is no sign that one reaches the others.
 */
export function patternOf(reason: string, isUsual: (pattern: Pattern) => boolean): Pattern | null {
  if (ENDS.matches.test(reason)) return ENDS;
  const plain = policyClose(reason) ?? PLAIN.find(({ matches }) => matches.test(reason)) ?? null;
  // If other checks show that messages are lost, a missing answer is a lost message too.
  const isLost = plain?.rank === 'silent' && /nothing came within/.test(reason) && isUsual(LOSES);
  if (!SPREADS.matches.test(reason)) return isLost ? LOSES : plain;
  if (isLost) return LOSES;
  return plain !== null && isUsual(plain) ? plain : SPREADS;
}
