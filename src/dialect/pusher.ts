/**
 * Pusher Channels, protocol 7 (https://pusher.com/docs/channels/library_auth_reference/pusher-websockets-protocol/).
 * In what the server sends, `data` is mostly JSON in a string.
 *
 *     server  {"event":"pusher:connection_established","data":"{\"socket_id\":\"1.2\",\"activity_timeout\":120}"}
 *     client  {"event":"pusher:subscribe","data":{"channel":"news"}}
 *     server  {"event":"pusher_internal:subscription_succeeded","channel":"news","data":"{}"}
 *             or  {"event":"pusher:subscription_error","channel":"news","data":{...}}
 *     client  {"event":"client-typing","data":{"user":7},"channel":"private-chat"}
 *     server  {"event":"said","channel":"news","data":"{...}"}        event; also members that come and go
 *     both    {"event":"pusher:ping","data":{}}  ->  {"event":"pusher:pong","data":{}}
 *     server  {"event":"pusher:error","data":{"code":4009,"message":"..."}}
 *
 * The server never answers a client event, and does not send it to its sender.
 */
import type { JsonValue } from '../profile/profile.js';
import { type Dialect, duty, jsonOf, members, ownStep, rule, stepOf } from './dialect.js';
import { inJsonString, isObject, jsonText } from './json-text.js';
import { twoWords } from './two-words.js';

/**
 * Pusher's client pings after `activity_timeout` seconds of silence, as the server names them: 120 on Pusher's servers,
 * 30 on others. A ping every 30 s satisfies them all; where a server names less, that is how often.
 */
const PING_MS = 30_000;
/** No user can give a capture this name. */
const ACTIVITY = 'connection.activity_timeout';
const ERROR = { match: members({ event: '"pusher:error"' }), code: 'pusher:error' };
/** What users expect things of and capture from. */
const DATA = ['data'];

/** `subscribe` is a channel, or `{ channel, auth, channel_data }`. `channel_data` is JSON in a string. */
function subscription(subscribe: JsonValue): { readonly channel: string; readonly data: string } {
  if (!isObject(subscribe)) return { channel: jsonText(subscribe), data: `{"channel":${jsonText(subscribe)}}` };
  const { channel_data: member, ...others } = subscribe;
  const text = jsonText(others);
  const channel = jsonText(subscribe['channel'] ?? '');
  if (member === undefined) return { channel, data: text };
  const quoted = isObject(member) ? `"${inJsonString(jsonText(member))}"` : jsonText(member);
  return { channel, data: `${text.slice(0, -1)},"channel_data":${quoted}}` };
}

function clientEvent(to: JsonValue | undefined, send: JsonValue | undefined): string {
  const [channel, event] = twoWords(to);
  return `{"event":${jsonText(event)},"data":${jsonOf(send, '{}')},"channel":${jsonText(channel)}}`;
}

export const pusher = (): Dialect => ({
  pushes: ['event'],
  separator: null,
  // Nothing answers a message.
  key: { kind: 'member', name: 'event' },
  beat: { everyMs: PING_MS, atMost: ACTIVITY, send: '{"event":"pusher:ping","data":{}}' },
  opening: () => [
    ownStep('connection', {
      expect: members({ event: '"pusher:connection_established"' }),
      refusals: [ERROR],
      captures: [
        { name: 'socket_id', path: [...DATA, 'socket_id'] },
        { name: ACTIVITY, path: [...DATA, 'activity_timeout'], optional: true },
      ],
    }),
  ],
  rules: () => [
    // The name of the event, not the same text within `data`, where its quotes are escaped.
    rule('internal', 'count', { has: ['"event":"pusher_internal:'] }),
    rule('event', 'count', members({ event: null, channel: null })),
    duty('ping', members({ event: '"pusher:ping"' }), '{"event":"pusher:pong","data":{}}'),
    rule('pong', 'count', members({ event: '"pusher:pong"' })),
    rule('pusher:error', 'count', members({ event: '"pusher:error"' })),
    // An event that belongs to no channel.
    rule('event', 'count', members({ event: null })),
  ],
  step: (step) => {
    if (step.subscribe !== undefined) {
      const { channel, data } = subscription(step.subscribe);
      const failed = members({ event: '"pusher:subscription_error"', channel });
      return stepOf(step, {
        send: `{"event":"pusher:subscribe","data":${data}}`,
        confirm: members({ event: '"pusher_internal:subscription_succeeded"', channel }),
        at: DATA,
        refusals: [{ match: failed, code: 'pusher:subscription_error' }, ERROR],
      });
    }
    const send = step.to === undefined ? null : clientEvent(step.to, step.send);
    return stepOf(step, { send, confirm: null, refusals: [ERROR] });
  },
  request: ({ name, weight, to, send }) => ({
    ...{ name, weight, send: clientEvent(to, send), expect: null, captures: [] },
  }),
});
