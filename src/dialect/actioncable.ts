/**
 * Rails Action Cable, sub-protocol `actioncable-v1-json` (https://guides.rubyonrails.org/action_cable_overview.html;
 * the protocol is in `action_cable/connection/` of Rails). A channel is named by its JSON, as a string:
 * `ID` is `"{\"channel\":\"ChatChannel\",\"room\":7}"`.
 *
 *     server  {"type":"welcome"}
 *     client  {"command":"subscribe","identifier":ID}
 *     server  {"identifier":ID,"type":"confirm_subscription"}  or  "reject_subscription"
 *     client  {"command":"message","identifier":ID,"data":"{\"text\":\"hi\",\"action\":\"speak\"}"}
 *     server  {"identifier":ID,"message":{...}}          push
 *     server  {"type":"ping","message":1700000000}       every 3 s; the client owes no answer
 *     server  {"type":"disconnect","reason":"unauthorized","reconnect":false}
 *
 * The server never answers a message: what comes back is a push, to whoever is subscribed.
 */
import type { JsonObject, JsonValue } from '../profile/profile.js';
import { type Dialect, expected, members, ownStep, rule, stepOf } from './dialect.js';
import { inJsonString, isObject, jsonText } from './json-text.js';
import type { WireMatch } from './wire.js';

const DISCONNECTS = [
  { match: members({ type: '"disconnect"', reason: '"unauthorized"' }), code: 'unauthorized' },
  { match: members({ type: '"disconnect"' }), code: 'disconnect' },
];
/** What users expect things of and capture from. */
const MESSAGE = ['message'];

/** The channel as the server repeats it, in quotes. A text is the name of its class. */
function identifierOf(channel: JsonValue): string {
  return `"${inJsonString(jsonText(isObject(channel) ? channel : { channel }))}"`;
}

function message(to: JsonValue | undefined, send: JsonValue | undefined, { action }: JsonObject): string {
  const data = jsonText({ ...(send as JsonObject | undefined), ...(action === undefined ? {} : { action }) });
  return `{"command":"message","identifier":${identifierOf(to ?? '')},"data":"${inJsonString(data)}"}`;
}

/** What the server says of one channel. Rails writes the identifier with escapes of its own, so it is compared as JSON. */
function about(identifier: string, kind: Readonly<Record<string, string | null>>): WireMatch {
  return { members: kind, json: { at: ['identifier'], subset: identifier } };
}

/** A push of a channel that holds what the user expects. */
function pushOf(identifier: string, expect: JsonValue | undefined): WireMatch {
  const push = about(identifier, { identifier: null, message: null });
  const wanted = expected(expect, null);
  if (wanted?.json === undefined) return { ...push, ...wanted };
  return { ...push, json: { at: [], subset: `{"identifier":${identifier},"message":${wanted.json.subset}}` } };
}

export const actionCable = (): Dialect => ({
  pushes: ['push'],
  separator: null,
  // Nothing answers a message.
  key: { kind: 'member', name: 'identifier' },
  beat: null,
  opening: () => [ownStep('welcome', { expect: members({ type: '"welcome"' }), refusals: DISCONNECTS })],
  rules: () => [
    // Pushes first, as Rails writes them: under load they are what comes most. In an identifier the quotes are escaped.
    rule('push', 'count', { starts: '{"identifier":', has: ['"message":'] }),
    rule('ping', 'count', members({ type: '"ping"' })),
    rule('disconnect', 'count', members({ type: '"disconnect"' })),
    rule('confirm_subscription', 'count', members({ type: '"confirm_subscription"' })),
    rule('reject_subscription', 'count', members({ type: '"reject_subscription"' })),
    // Pushes of servers that write them otherwise.
    rule('push', 'count', members({ identifier: null })),
  ],
  step: (step) => {
    const channel = step.subscribe ?? step.to;
    if (channel === undefined) return stepOf(step, { send: null, confirm: null, refusals: DISCONNECTS });
    const identifier = identifierOf(channel);
    const awaitsPush = step.expect !== undefined || Object.keys(step.capture).length > 0;
    const push = awaitsPush ? pushOf(identifier, step.expect) : null;
    const isSubscribe = step.subscribe !== undefined;
    const rejected = { match: about(identifier, { type: '"reject_subscription"' }), code: 'reject_subscription' };
    const parts = {
      send: isSubscribe
        ? `{"command":"subscribe","identifier":${identifier}}`
        : message(step.to, step.send, step.words),
      confirm: push ?? (isSubscribe ? about(identifier, { type: '"confirm_subscription"' }) : null),
      at: MESSAGE,
      refusals: isSubscribe ? [rejected, ...DISCONNECTS] : DISCONNECTS,
    };
    // `confirm` has what the user expects.
    const { expect: _, ...others } = step;
    return stepOf(others, parts);
  },
  request: ({ name, weight, to, send, words }) => ({
    ...{ name, weight, send: message(to, send, words), expect: null, captures: [] },
  }),
});
