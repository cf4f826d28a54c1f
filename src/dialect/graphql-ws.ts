/**
 * GraphQL over WebSocket, sub-protocol `graphql-transport-ws`
 * (https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md).
 *
 *     client  {"type":"connection_init","payload":{...}}      server  {"type":"connection_ack"}
 *     client  {"id":"1000000000","type":"subscribe","payload":{"query":"..."}}
 *     server  {"id":"1000000000","type":"next","payload":{"data":...,"errors":[...]}}      the reply
 *     server  {"id":"1000000000","type":"complete"}                                        its trailer
 *     server  {"id":"1000000000","type":"error","payload":[...]}                           instead of both
 *     server  {"type":"ping"}      client  {"type":"pong"}
 *
 * What the session asks for has ids that begin with an `s`, so that its results are told from replies. A refused
 * `connection_init` has no message: the server closes with a code of its own (`protocols.ts`).
 */
import type { JsonObject, JsonValue } from '../profile/profile.js';
import { awaits, capturesOf, type Dialect, duty, expected, jsonOf, members, ownStep, rule, stepOf } from './dialect.js';
import { jsonText } from './json-text.js';
import type { WireMatch } from './wire.js';

/** What users expect things of, and capture from: `{ data, errors }`. */
const PAYLOAD = ['payload'];
const OF_SESSION = { id: '"s*' };
const NEXT = { type: '"next"' };
const ERROR = { type: '"error"' };
const COMPLETE = { type: '"complete"' };
/** A result in which something went wrong. */
const WITH_ERRORS: WireMatch = { members: NEXT, inside: { member: 'payload', members: { errors: null } } };

export const graphqlWs = (_options: JsonObject): Dialect => ({
  pushes: ['next'],
  separator: null,
  key: { kind: 'member', name: 'id' },
  beat: null,
  replies: members(NEXT),
  opening: ({ payload }) => [
    ownStep('connect', {
      send: `{"type":"connection_init"${payload === undefined ? '' : `,"payload":${jsonText(payload)}`}}`,
      expect: members({ type: '"connection_ack"' }),
    }),
  ],
  rules: () => [
    rule('next', 'count', members({ ...OF_SESSION, ...NEXT })),
    rule('subscription ended', 'count', members({ ...OF_SESSION, ...COMPLETE })),
    rule('errors', 'fails', WITH_ERRORS),
    rule('next', 'reply', members(NEXT)),
    rule('complete', 'trailer', members(COMPLETE)),
    // Without it the connection would be held and told nothing.
    rule('subscription refused', 'ends', members({ ...OF_SESSION, ...ERROR })),
    rule('error', 'fails', members(ERROR)),
    duty('ping', members({ type: '"ping"' }), '{"type":"pong"}'),
    rule('pong', 'count', members({ type: '"pong"' })),
  ],
  step: (step) => {
    const operation = step.subscribe ?? step.send;
    if (operation === undefined) {
      return stepOf(step, { send: null, confirm: awaits(step) ? members(NEXT) : null, at: PAYLOAD });
    }
    const id = '"s{{stepId}}"';
    const result = members({ id, ...NEXT });
    // A subscription has no confirmation but its first result, for which only those wait who expect something of it.
    const waits = step.subscribe === undefined || awaits(step);
    return stepOf(step, {
      send: subscribeOf(id, operation),
      confirm: waits ? result : null,
      at: PAYLOAD,
      // Also for what an earlier step asked for: a subscription that was refused is no session.
      refusals: [
        { match: members(ERROR), code: 'GRAPHQL_ERROR' },
        { match: WITH_ERRORS, code: 'GRAPHQL_ERROR' },
      ],
    });
  },
  request: ({ name, weight, send, expect, capture }) => ({
    ...{ name, weight, send: subscribeOf('"{{sequence}}"', send) },
    expect: expected(expect, null, PAYLOAD),
    captures: capturesOf(capture, PAYLOAD),
  }),
});

/** A text is the query itself. */
function subscribeOf(id: string, operation: JsonValue | undefined): string {
  const payload = typeof operation === 'string' ? { query: operation } : operation;
  return `{"id":${id},"type":"subscribe","payload":${jsonOf(payload, '{}')}}`;
}
