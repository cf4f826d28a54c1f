/**
 * Errors of the application name flags, as the command line does. A caller of the library reads the keys of its request.
 * Only texts that wsurge wrote itself are replaced, each listed here: what a user, a server or a command wrote stays.
 */
import { type Problem, WsurgeError } from '../../errors.js';

/** A text and what the library says in its place. A `*` is the same foreign text in both, and may be empty. */
type Pair = readonly [said: string, inLibrary: string];

/** Beginnings of messages, by the code of their error: a message may begin with a command of the user, too. */
const MESSAGES: Readonly<Record<string, readonly Pair[]>> = {
  nothing_to_run: [['--only *', 'only *']],
  nothing_to_check: [['--skip leaves *', 'skip leaves *']],
  unknown_check: [
    ['--only *', 'only *'],
    ['--skip *', 'skip *'],
  ],
  no_null_twin: [['--null-twin: *', 'nullTwin: *']],
  no_extension: [['--until-ci: *', 'untilPrecise: *']],
  capacity_max: [['--max *', 'max *']],
};

/** What to do next, and hints of problems. What is to be typed at a shell stays as it is. */
const ADVICE: readonly Pair[] = [
  ['if it is yours to load: --allow-target *', 'if it is yours to load: allowTargets: ["*"]'],
  ['choose another folder with -o <folder>*', 'choose another folder with output*'],
  ['free some space, or choose another disk with -o <folder>', 'free some space, or choose another disk with output'],
  ['see the error, or measure without it: --no-instrument-check', 'see the error, or set instrumentCheck: false'],
  [
    'compare runs of one load on one machine; --force compares them anyway, and says so',
    'compare runs of one load on one machine; force compares them anyway, and says so',
  ],
  [
    'it needs a steady load whose replies are matched, and a --max-duration above its duration',
    'it needs a steady load whose replies are matched, and an untilPrecise.maxDuration above its duration',
  ],
  [
    'use an open load with a rate above 0, or --axis connections',
    "use an open load with a rate above 0, or axis: 'connections'",
  ],
  // The test connection.
  [
    'if it answers every message in order, use --match order; if it does not answer, use --match none; if the number comes back in another JSON field, use --set reply.field=NAME',
    "if it answers every message in order, set match: 'order'; if it does not answer, set match: 'none'; if the number comes back in another JSON field, set 'reply.field'",
  ],
  [
    'if it does not answer every message, use --match none; if it answers in its own words, use --set reply.echo=none',
    "if it does not answer every message, set match: 'none'; if it answers in its own words, set 'reply.echo': 'none'",
  ],
  [
    'use --set reply.echo=none (never judge the content) or --set reply.echo=field:NAME (judge one field)',
    "set 'reply.echo' to 'none' (never judge the content) or to 'field:NAME' (judge one field)",
  ],
  // Connections that fail.
  ['check the name in target.proxy, or --proxy', 'check the name in target.proxy, or proxy'],
  ['give them: --proxy *', 'give them: proxy: *'],
  ['have it allow them, or go directly: without --proxy', 'have it allow them, or go directly: without proxy'],
  [
    'start the proxy, or check host and port of --proxy (target.proxy)',
    'start the proxy, or check host and port of proxy (target.proxy)',
  ],
  [
    'give wsurge a client certificate: --cert FILE --key FILE*',
    'give wsurge a client certificate: cert and key, each a file or its text*',
  ],
  [
    'trust its certificate with --cacert FILE, or skip the check with --insecure*',
    'trust its certificate with ca, a file or its text, or skip the check with insecure*',
  ],
  ['ask for another: --set target.tls.servername=NAME', "ask for another: set 'target.tls.servername'"],
  [
    'connect by a name that it holds, or ask for one: --set target.tls.servername=NAME; or skip the check: --insecure',
    "connect by a name that it holds, or ask for one: set 'target.tls.servername'; or skip the check: insecure",
  ],
  [
    'renew the certificate of the server, or set the clock of this machine; to go on without: --insecure',
    'renew the certificate of the server, or set the clock of this machine; to go on without: insecure',
  ],
  [
    'set the clock of this machine or of the one that issued it; to go on without: --insecure',
    'set the clock of this machine or of the one that issued it; to go on without: insecure',
  ],
  ['offer those it knows: --subprotocol NAME; *', 'offer those it knows in subprotocols; *'],
  [
    "pass credentials with -H 'Authorization: Bearer ...'; or send the Origin that it may ask for, as browsers do (none was sent): -H 'Origin: https://...'",
    "pass credentials in headers: { Authorization: 'Bearer ...' }; or send the Origin that it may ask for, as browsers do (none was sent): headers: { Origin: 'https://...' }",
  ],
  [
    "pass credentials with -H 'Authorization: Bearer ...'*",
    "pass credentials in headers: { Authorization: 'Bearer ...' }*",
  ],
  [
    "check the path: this one does not take WebSocket upgrades; or send the Origin that it may ask for, as browsers do (none was sent): -H 'Origin: https://...'",
    "check the path: this one does not take WebSocket upgrades; or send the Origin that it may ask for, as browsers do (none was sent): headers: { Origin: 'https://...' }",
  ],
  [
    'use the address it redirects to, or follow it: --follow-redirects (target.followRedirects)',
    'use the address it redirects to, or follow it: followRedirects (target.followRedirects)',
  ],
  [
    'connect slower: lower --connect-rate, or wait as long as it says',
    'connect slower: lower connectRate, or wait as long as it says',
  ],
  // Profiles.
  ['put it in, or say reply: { match: order } (--match order)', 'put it in, or say reply: { match: order }'],
  ['at least * (--match order)', 'at least *'],
  ['set the load you mean: --set *', 'set the load you mean: *'],
  // Comparisons that go on.
  [
    'the command that began it, with --resume *; or leave out --resume, which begins anew',
    'the request that began it, with resume: *; or leave out resume, which begins anew',
  ],
  [
    'wsurge report * shows it; leave out --resume to compare again',
    'wsurge report * shows it; leave out resume to compare again',
  ],
  [
    'undo the change in the profile, or in the flag that sets it',
    'undo the change in the profile, or in the key that sets it',
  ],
  [
    'go on where it began; or begin anew here, without --resume',
    'go on where it began; or begin anew here, without resume',
  ],
];

/** What a comparison was asked for: its flags, as they are kept in run.json, and the keys of a request. */
const ASKED: Readonly<Record<string, string>> = {
  '--a': 'a',
  '--b': 'b',
  '--aa': 'b',
  '--gate': 'gates',
  '--margin': 'margins',
  '--rounds': 'rounds',
  '--pre-warm': 'preWarm',
  '--default-gates': 'defaultGates',
};

/** What to do next, or a hint, in the words of the library; a text that is not wsurge's own as it is. */
export function adviceInKeys(text: string): string {
  return replaced(text, ADVICE);
}

/** The same error in the words of the library; anything else as it is. */
export function inLibraryWords(error: unknown): unknown {
  if (!(error instanceof WsurgeError)) return error;
  const { exitCode, code, message, next, problems } = error;
  return new WsurgeError(exitCode, code, replaced(message, Object.hasOwn(MESSAGES, code) ? MESSAGES[code]! : []), {
    ...(next === null ? {} : { next: adviceInKeys(next) }),
    problems: problems.map((problem) => problemInKeys(problem, code)),
    cause: error,
  });
}

/** Places are keys already, except in a comparison that goes on: it names what was asked for by its flags. */
function problemInKeys({ where, hint, ...problem }: Problem, code: string): Problem {
  const place = code === 'not_resumable' ? (ASKED[where] ?? where) : where;
  return { ...problem, where: place, ...(hint === undefined ? {} : { hint: adviceInKeys(hint) }) };
}

function replaced(text: string, pairs: readonly Pair[]): string {
  for (const [said, inLibrary] of pairs) {
    const foreign = foreignIn(text, said);
    if (foreign !== null) return inLibrary.split('*').join(foreign);
  }
  return text;
}

/** What stands in the place of `*`; null where the text is another. */
function foreignIn(text: string, said: string): string | null {
  const [before, after] = said.split('*');
  if (after === undefined) return text === said ? '' : null;
  const fits = text.length >= said.length - 1 && text.startsWith(before!) && text.endsWith(after);
  return fits ? text.slice(before!.length, text.length - after.length) : null;
}
