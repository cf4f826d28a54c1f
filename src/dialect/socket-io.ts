/**
 * Socket.IO protocol 5 in Engine.IO protocol 4, over WebSocket alone
 * (https://github.com/socketio/socket.io-protocol, https://github.com/socketio/engine.io-protocol).
 *
 *     server  0{"sid":...,"pingInterval":25000,...}      the transport is open
 *     client  40/chat,{"token":"..."}                    connect to a namespace
 *     server  40/chat,{"sid":...}  or  44/chat,{"message":"..."}
 *     client  42/chat,17["say","hello"]                  event, with the id by which it is acknowledged
 *     server  43/chat,17[{"ok":true}]                    acknowledgement
 *     server  42/chat,["said","hello"]                   event of the server; 45 and 46: with binary attachments
 *     server  2     client  3                            heartbeat
 *
 * The default namespace `/` is left out. An acknowledgement has no form for an error: what it says is the server's own.
 */
import type { JsonObject, JsonValue } from '../profile/profile.js';
import { capturesOf, type Dialect, duty, expected, ownStep, rule, stepOf } from './dialect.js';
import { jsonText } from './json-text.js';

/** `/chat,` in front of everything of a namespace; nothing for the default one. */
function prefixOf({ namespace }: JsonObject): string {
  return typeof namespace !== 'string' || namespace === '/' || namespace === '' ? '' : `${namespace},`;
}

/** The first argument of an acknowledgement is what users expect things of and capture from. */
const FIRST_ARGUMENT = [0];

export const socketIo = (options: JsonObject): Dialect => {
  const prefix = prefixOf(options);
  const emit = (to: JsonValue | undefined, send: JsonValue | undefined, id: string) =>
    `42${prefix}${id}${jsonText([to ?? 'message', ...argumentsOf(send)])}`;
  return {
    separator: null,
    key: { kind: 'starts', marker: `43${prefix}` },
    beat: null,
    opening: ({ auth }) => [
      ownStep('handshake', { expect: { starts: '0{' } }),
      ownStep('connect', {
        send: `40${prefix}${auth === undefined ? '' : jsonText(auth)}`,
        expect: { starts: `40${prefix}` },
        refusals: [{ match: { starts: `44${prefix}` }, code: 'CONNECT_ERROR' }],
      }),
    ],
    rules: () => [
      duty('ping', { starts: '2' }, '3'),
      rule('event', 'count', { starts: '42' }),
      rule('event', 'count', { starts: '45' }),
      // An acknowledgement with attachments has the count of these in front of its id: it cannot be told whose it is.
      rule('reply', 'reply', { starts: '43' }),
      rule('disconnect', 'count', { starts: '41' }),
      rule('noop', 'count', { starts: '6' }),
    ],
    step: (step) => {
      if (step.to === undefined) return stepOf(step, { send: null, confirm: null });
      const isAcknowledged = step.expect !== undefined || Object.keys(step.capture).length > 0;
      const id = isAcknowledged ? '{{stepId}}' : '';
      const confirm = isAcknowledged ? { starts: `43${prefix}${id}` } : null;
      return stepOf(step, { send: emit(step.to, step.send, id), confirm, at: FIRST_ARGUMENT });
    },
    request: ({ name, weight, to, send, expect, capture }) => ({
      ...{ name, weight, send: emit(to, send, '{{sequence}}') },
      // The match also says where the JSON of an acknowledgement begins.
      expect:
        expect === undefined && Object.keys(capture).length === 0
          ? null
          : expected(expect, { starts: `43${prefix}{{sequence}}` }, FIRST_ARGUMENT),
      captures: capturesOf(capture, FIRST_ARGUMENT),
    }),
  };
};

/** `send` is the list of arguments; anything else is the only one. */
function argumentsOf(send: JsonValue | undefined): readonly JsonValue[] {
  if (send === undefined) return [];
  return Array.isArray(send) ? (send as readonly JsonValue[]) : [send];
}
