/**
 * Phoenix channels, serializer version 2 (`?vsn=2.0.0`): a message is `[join_ref, ref, topic, event, payload]`
 * (https://hexdocs.pm/phoenix/writing_a_channels_client.html).
 *
 *     client  ["1","1","room:7","phx_join",{}]           server  ["1","1","room:7","phx_reply",{"status":"ok",...}]
 *     client  ["1","17","room:7","say",{"text":"hi"}]    server  ["1","17","room:7","phx_reply",{"status":"ok",...}]
 *     server  ["1",null,"room:7","said",{...}]  or  [null,null,"room:7","said",{...}]      broadcast
 *     server  ["1","1","room:7","phx_error",{}]  or  "phx_close"                           the channel is gone
 *     client  [null,"0","phoenix","heartbeat",{}]        server  [null,"0","phoenix","phx_reply",{"status":"ok",...}]
 *
 * The client chooses `join_ref` and the server repeats it in what it sends on this topic. A topic is joined once on a
 * connection, so one `join_ref` does for all topics. A reply says no with the status `error`.
 */
import type { JsonValue } from '../profile/profile.js';
import { capturesOf, type Dialect, expected, jsonOf, members, rule, stepOf } from './dialect.js';
import { isObject, jsonText } from './json-text.js';
import { twoWords } from './two-words.js';
import type { WireMatch } from './wire.js';

const HEARTBEAT_MS = 30_000;
/** No step and no message has this number. */
const HEARTBEAT_REF = '"0"';
const JOIN_REF = '"1"';
/** The topic of heartbeats, which nobody joins. */
const OWN_TOPIC = 'phoenix';
/** What users expect things of and capture from. */
const RESPONSE = [4, 'response'];

function push(ref: string, to: JsonValue | undefined, send: JsonValue | undefined): string {
  const [topic, event] = twoWords(to);
  const joinRef = topic === OWN_TOPIC ? 'null' : JOIN_REF;
  return `[${joinRef},"${ref}",${jsonText(topic)},${jsonText(event)},${jsonOf(send, '{}')}]`;
}

/** `subscribe` is a topic, or `{ topic, payload }`. */
function join(subscribe: JsonValue): string {
  const { topic, payload } = isObject(subscribe) ? subscribe : { topic: subscribe, payload: undefined };
  return `[${JOIN_REF},"{{stepId}}",${jsonText(topic ?? '')},"phx_join",${jsonOf(payload, '{}')}]`;
}

/** Replies that say no. The text is looked for first, so that of the others nothing is parsed. */
function refusal(ref: Readonly<Record<string, string>>): WireMatch {
  return { has: ['"error"'], members: { ...ref, '3': '"phx_reply"' }, json: { at: [4, 'status'], subset: '"error"' } };
}

export const phoenix = (): Dialect => {
  const own = { '1': '"{{stepId}}"' };
  const confirm = members({ ...own, '3': '"phx_reply"' });
  return {
    pushes: ['broadcast'],
    separator: null,
    key: { kind: 'member', name: '1' },
    beat: { everyMs: HEARTBEAT_MS, send: `[null,${HEARTBEAT_REF},"${OWN_TOPIC}","heartbeat",{}]` },
    opening: () => [],
    rules: () => [
      rule('heartbeat reply', 'count', members({ '1': HEARTBEAT_REF, '3': '"phx_reply"' })),
      rule('error', 'fails', refusal({})),
      rule('reply', 'reply', members({ '3': '"phx_reply"' })),
      rule('phx_error', 'count', members({ '3': '"phx_error"' })),
      rule('phx_close', 'count', members({ '3': '"phx_close"' })),
      rule('broadcast', 'count', members({ '1': 'null' })),
    ],
    step: (step) => {
      if (step.subscribe !== undefined) {
        const refusals = [{ match: refusal(own), code: 'JOIN_ERROR' }];
        return stepOf(step, { send: join(step.subscribe), confirm, at: RESPONSE, refusals });
      }
      if (step.to === undefined) return stepOf(step, { send: null, confirm: null });
      const send = push('{{stepId}}', step.to, step.send);
      // A channel need not reply to a push.
      const isAwaited = step.expect !== undefined || Object.keys(step.capture).length > 0 || step.timeoutMs !== null;
      if (!isAwaited) return stepOf(step, { send, confirm: null });
      const refusals = [{ match: refusal(own), code: 'REPLY_ERROR' }];
      return stepOf(step, { send, confirm, at: RESPONSE, refusals });
    },
    request: ({ name, weight, to, send, expect, capture }) => ({
      ...{ name, weight, send: push('{{sequence}}', to, send) },
      expect: expected(expect, null, RESPONSE),
      captures: capturesOf(capture, RESPONSE),
    }),
  };
};
