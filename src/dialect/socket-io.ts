/**
 * Socket.IO protocol 5 in Engine.IO protocol 4, over WebSocket alone
 * (https://github.com/socketio/socket.io-protocol, https://github.com/socketio/engine.io-protocol).
 *
 *     server  0{"sid":...,"pingInterval":25000,...}      the transport is open
 *     client  40/chat,{"token":"..."}                    connect to a namespace
 *     server  40/chat,{"sid":...}  or  44/chat,{"message":"..."}
 *     client  42/chat,17["say","hello"]                  event, with the id by which it is acknowledged
 *     server  43/chat,17[{"ok":true}]                    acknowledgement
 *     server  42/chat,["said","hello"]                   event of the server
 *     server  451-/chat,["photo",{"_placeholder":true,"num":0}]      event (45) or acknowledgement (46) that has one
 *                                                                     attachment, which follows in a binary frame
 *     server  41/chat,                                   the server ended the session; the transport stays open
 *     server  2     client  3                            heartbeat
 *
 * The default namespace `/` is left out. An acknowledgement has no form for an error: what it says is the server's own.
 */
import type { JsonObject, JsonValue } from '../profile/profile.js';
import { awaits, capturesOf, type Dialect, duty, expected, ownStep, rule, stepOf } from './dialect.js';
import { jsonText } from './json-text.js';

/** `/chat,` in front of everything of a namespace; nothing for the default one. */
function prefixOf({ namespace }: JsonObject): string {
  return typeof namespace !== 'string' || namespace === '/' || namespace === '' ? '' : `${namespace},`;
}

/** The first argument of an acknowledgement is what users expect things of and capture from. */
const FIRST_ARGUMENT = [0];
/** The most attachments that the decoders of both sides take. */
const ATTACHMENTS_MAX = 10;

export const socketIo = (options: JsonObject): Dialect => {
  const prefix = prefixOf(options);
  const emit = (to: JsonValue | undefined, send: JsonValue | undefined, id: string) =>
    `42${prefix}${id}${jsonText([to ?? 'message', ...argumentsOf(send)])}`;
  return {
    pushes: ['event', 'binary event'],
    separator: null,
    // An acknowledgement with attachments has their number in front: `462-/chat,17[...]`.
    key: { kind: 'starts', marker: `43${prefix}`, also: counts().map((count) => `46${count}-${prefix}`) },
    beat: null,
    replies: { starts: '43' },
    opening: ({ auth }) => [
      ownStep('handshake', { expect: { starts: '0{' } }),
      ownStep('connect', {
        send: `40${prefix}${auth === undefined ? '' : jsonText(auth)}`,
        expect: { starts: `40${prefix}` },
        refusals: [{ match: { starts: `44${prefix}` }, code: 'CONNECT_ERROR' }],
      }),
    ],
    rules: () => [
      // First: the bytes of an attachment may look like anything.
      rule('attachment', 'trailer', { binary: true }),
      rule('ack', 'reply', { starts: '43' }),
      duty('ping', { starts: '2' }, '3'),
      rule('event', 'count', { starts: '42' }),
      rule('binary event', 'count', { starts: '45' }),
      rule('disconnect', 'ends', { starts: `41${prefix}` }),
      rule('noop', 'count', { starts: '6' }),
    ],
    step: (step) => {
      // A step that only waits is about an event of the server: `[name, ...arguments]`.
      if (step.to === undefined && step.send === undefined) {
        return stepOf(step, { send: null, confirm: awaits(step) ? { starts: `42${prefix}` } : null });
      }
      const isAcknowledged = awaits(step);
      // Ids only rise, so no id is in use yet of which this one is the beginning.
      const id = isAcknowledged ? '{{stepId}}' : '';
      const confirm = isAcknowledged ? { starts: `43${prefix}${id}` } : null;
      return stepOf(step, { send: emit(step.to, step.send, id), confirm, at: FIRST_ARGUMENT });
    },
    // Without an id nothing is acknowledged.
    request: ({ name, weight, to, send, expect, capture, silent }) => ({
      ...{ name, weight, send: emit(to, send, silent === true ? '' : '{{sequence}}') },
      // `starts` says that the JSON of an acknowledgement begins at its first bracket.
      expect:
        expect === undefined && Object.keys(capture).length === 0
          ? null
          : expected(expect, { starts: '4' }, FIRST_ARGUMENT),
      captures: capturesOf(capture, FIRST_ARGUMENT),
    }),
  };
};

function counts(): number[] {
  return Array.from({ length: ATTACHMENTS_MAX }, (_, index) => index + 1);
}

/** `send` is the list of arguments; anything else is the only one. */
function argumentsOf(send: JsonValue | undefined): readonly JsonValue[] {
  if (send === undefined) return [];
  return Array.isArray(send) ? (send as readonly JsonValue[]) : [send];
}
