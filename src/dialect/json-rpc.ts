/**
 * JSON-RPC 2.0 (https://www.jsonrpc.org/specification), as Ethereum nodes and many others speak it over WebSocket.
 *
 *     client  {"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newHeads"]}
 *     server  {"jsonrpc":"2.0","id":1,"result":"0x1"}      or  {"jsonrpc":"2.0","id":1,"error":{"code":-32601,...}}
 *     server  {"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":"0x1",...}}      a notification
 *
 * A frame may be a batch: an array of these.
 */
import type { JsonObject, JsonValue } from '../profile/profile.js';
import { awaits, capturesOf, type Dialect, expected, jsonOf, members, rule, stepOf } from './dialect.js';
import { jsonText } from './json-text.js';
import type { WireMatch } from './wire.js';

/** What users expect things of, and capture from. */
const RESULT = ['result'];
/** Servers of JSON-RPC 1.0 send `"error":null` with every result. */
const SAYS_NO: WireMatch = members({ error: null });

export const jsonRpc = (_options: JsonObject): Dialect => ({
  pushes: ['notification', 'event'],
  separator: 'array',
  key: { kind: 'member', name: 'id' },
  beat: null,
  replies: members({ id: null }),
  opening: () => [],
  rules: () => [
    rule('error', 'fails', SAYS_NO),
    rule('notification', 'count', members({ method: null })),
    // The rpc-websockets package has a form of its own.
    rule('event', 'count', members({ notification: null })),
  ],
  step: (step) => {
    const [method, params] = step.subscribe === undefined ? [step.to, step.send] : subscriptionOf(step.subscribe);
    if (method === undefined) {
      return stepOf(step, { send: null, confirm: awaits(step) ? members({ method: null }) : null, at: ['params'] });
    }
    const id = '{{stepId}}';
    return stepOf(step, {
      send: callOf(id, method, params),
      confirm: members({ id }),
      at: RESULT,
      refusals: [{ match: { members: { id, error: null } }, code: 'RPC_ERROR' }],
    });
  },
  // Without an id it is a notification, which servers never answer.
  request: ({ name, weight, to, send, expect, capture, silent }) => ({
    ...{ name, weight, send: callOf(silent === true ? null : '{{sequence}}', to, send) },
    expect: expected(expect, null, RESULT),
    captures: capturesOf(capture, RESULT),
  }),
});

function callOf(id: string | null, method: JsonValue | undefined, params: JsonValue | undefined): string {
  const rest = params === undefined ? '' : `,"params":${jsonText(asParams(params))}`;
  return `{"jsonrpc":"2.0",${id === null ? '' : `"id":${id},`}"method":${jsonOf(method, '""')}${rest}}`;
}

/** Parameters are a list, or an object for parameters by name; anything else is the only one of a list. */
function asParams(params: JsonValue): JsonValue {
  return typeof params === 'object' && params !== null ? params : [params];
}

/** `[method, params]`, or the method alone. */
function subscriptionOf(subscribe: JsonValue): readonly [JsonValue, JsonValue | undefined] {
  if (!Array.isArray(subscribe)) return [subscribe, undefined];
  const [method, params] = subscribe as readonly JsonValue[];
  return [method ?? '', params];
}
