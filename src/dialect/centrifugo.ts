/**
 * Centrifugo and Centrifuge, JSON protocol of version 2
 * (https://centrifugal.dev/docs/transports/client_protocol). Several replies may share a frame, one a line.
 *
 *     client  {"id":1,"connect":{"token":"..."}}         server  {"id":1,"connect":{"client":"...","ping":25,"pong":true}}
 *     client  {"id":2,"subscribe":{"channel":"news"}}    server  {"id":2,"subscribe":{}}
 *     client  {"id":17,"rpc":{"method":"sum","data":[1,2]}}
 *     server  {"id":17,"rpc":{"data":3}}  or  {"id":17,"error":{"code":108,"message":"method not found"}}
 *     client  {"id":18,"publish":{"channel":"news","data":{...}}}     server  {"id":18,"publish":{}}
 *     server  {"push":{"channel":"news","pub":{"data":{...}}}}
 *     server  {}                                         ping; the client answers {} if connect said `pong`
 */
import type { JsonObject, JsonValue } from '../profile/profile.js';
import { capturesOf, type Dialect, duty, expected, jsonOf, members, ownStep, rule, stepOf } from './dialect.js';
import { isObject, jsonText } from './json-text.js';
import { twoWords } from './two-words.js';
import type { WirePath } from './wire.js';

const NEW_LINE = 0x0a;
/** The captured value that says whether pings are to be answered. No user can give a capture this name. */
const PONG = 'connect.pong';
const STEP = '{{stepId}}';

interface Command {
  /** Its member of the command. */
  readonly text: string;
  /** Where in its reply the value is that users expect things of and capture from. */
  readonly at: WirePath;
}

/** `rpc METHOD`, or `publish CHANNEL`. */
function commandOf(to: JsonValue | undefined, send: JsonValue | undefined): Command {
  const [kind, name] = twoWords(to);
  const data = jsonOf(send, '{}');
  if (kind === 'publish') return { text: `"publish":{"channel":${jsonText(name)},"data":${data}}`, at: ['publish'] };
  return { text: `"rpc":{"method":${jsonText(name)},"data":${data}}`, at: ['rpc', 'data'] };
}

/** `subscribe` is a channel, or `{ channel, token, ... }`. */
function subscribeTo(subscribe: JsonValue): Command {
  const request = isObject(subscribe) ? subscribe : { channel: subscribe };
  return { text: `"subscribe":${jsonText(request)}`, at: ['subscribe'] };
}

function withId(id: string, { text }: Command): string {
  return `{"id":${id},${text}}`;
}

function refusedBy(code: string) {
  return [{ match: members({ id: STEP, error: null }), code }];
}

export const centrifugo = (): Dialect => ({
  pushes: ['push'],
  separator: NEW_LINE,
  key: { kind: 'member', name: 'id' },
  beat: null,
  opening: ({ token, data }: JsonObject) => {
    const parts = { ...(token === undefined ? {} : { token }), ...(data === undefined ? {} : { data }) };
    return [
      ownStep('connect', {
        send: `{"id":${STEP},"connect":${jsonText(parts)}}`,
        expect: members({ id: STEP, connect: null }),
        refusals: refusedBy('CONNECT_ERROR'),
        captures: [{ name: PONG, path: ['connect', 'pong'], optional: true }],
      }),
    ];
  },
  rules: () => [
    { ...duty('ping', { starts: '{}' }, '{}'), needs: PONG },
    // Pushes as Centrifugo writes them: replies are told from them by their first bytes.
    ...['unsubscribe', 'disconnect'].map((kind) =>
      rule(kind, 'count', { starts: '{"push":', has: [`"${kind}":{"code":`] }),
    ),
    rule('push', 'count', { starts: '{"push":' }),
    // The text that is looked for first spares the search for a member that is mostly not there.
    rule('error', 'fails', { has: ['"error"'], ...members({ id: null, error: null }) }),
    rule('reply', 'reply', members({ id: null })),
    rule('push', 'count', members({ push: null })),
  ],
  step: (step) => {
    const { subscribe, to, send } = step;
    if (subscribe === undefined && to === undefined) return stepOf(step, { send: null, confirm: null });
    const command = subscribe === undefined ? commandOf(to, send) : subscribeTo(subscribe);
    return stepOf(step, {
      send: withId(STEP, command),
      confirm: members({ id: STEP }),
      at: command.at,
      refusals: refusedBy(subscribe === undefined ? 'REPLY_ERROR' : 'SUBSCRIBE_ERROR'),
    });
  },
  request: ({ name, weight, to, send, expect, capture }) => {
    const command = commandOf(to, send);
    return {
      ...{ name, weight, send: withId('{{sequence}}', command) },
      expect: expected(expect, null, command.at),
      captures: capturesOf(capture, command.at),
    };
  },
});
