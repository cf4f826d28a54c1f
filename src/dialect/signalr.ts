/**
 * ASP.NET Core SignalR, JSON hub protocol, without the negotiation by HTTP
 * (https://github.com/dotnet/aspnetcore/blob/main/src/SignalR/docs/specs/HubProtocol.md). The byte 0x1e, written RS
 * here, ends every record; several records may share a frame.
 *
 *     client  {"protocol":"json","version":1}RS          server  {}RS  or  {"error":"..."}RS
 *     client  {"type":1,"invocationId":"17","target":"Say","arguments":["hello"]}RS
 *     server  {"type":3,"invocationId":"17","result":42}RS  or  {"type":3,"invocationId":"17","error":"..."}RS
 *     server  {"type":1,"target":"Said","arguments":["hello"]}RS      event; with an invocationId it asks for a result
 *     both    {"type":6}RS                               heartbeat; nobody answers it
 *     server  {"type":7,"error":"..."}RS                 the server is about to close the connection
 */
import type { JsonValue } from '../profile/profile.js';
import { capturesOf, type Dialect, expected, members, ownStep, rule, stepOf } from './dialect.js';
import { jsonText } from './json-text.js';

const RECORD_SEPARATOR = 0x1e;
const END = String.fromCharCode(RECORD_SEPARATOR);
/** As often as Microsoft's client; a server closes a connection that was silent for 30 s. */
const PING_MS = 15_000;
/** What users expect things of and capture from. */
const RESULT = ['result'];

function invocation(id: string | null, to: JsonValue | undefined, send: JsonValue | undefined): string {
  const args = send === undefined ? [] : Array.isArray(send) ? (send as readonly JsonValue[]) : [send];
  const asked = id === null ? '' : `"invocationId":"${id}",`;
  return `{"type":1,${asked}"target":${jsonText(to ?? '')},"arguments":${jsonText(args)}}${END}`;
}

export const signalR = (): Dialect => ({
  pushes: ['event'],
  separator: RECORD_SEPARATOR,
  key: { kind: 'member', name: 'invocationId' },
  beat: { everyMs: PING_MS, send: `{"type":6}${END}` },
  opening: () => [
    ownStep('handshake', {
      send: `{"protocol":"json","version":1}${END}`,
      expect: { starts: '{' },
      refusals: [
        { match: members({ type: '7' }), code: 'CLOSE' },
        { match: members({ error: null }), code: 'HANDSHAKE_ERROR' },
      ],
    }),
  ],
  rules: () => [
    // Completions first: under load they are what comes most. A text that is looked for first spares the search for a
    // member that is mostly not there.
    rule('error', 'fails', { has: ['"error"'], ...members({ type: '3', error: null }) }),
    rule('completion', 'reply', members({ type: '3' })),
    rule('client result', 'count', { has: ['"invocationId"'], ...members({ type: '1', invocationId: null }) }),
    rule('event', 'count', members({ type: '1' })),
    rule('ping', 'count', members({ type: '6' })),
    rule('stream item', 'count', members({ type: '2' })),
    rule('close', 'count', members({ type: '7' })),
  ],
  step: (step) => {
    // Without a target the step waits for a record of the server.
    if (step.to === undefined) return stepOf(step, { send: null, confirm: null });
    const own = { type: '3', invocationId: '"{{stepId}}"' };
    return stepOf(step, {
      send: invocation('{{stepId}}', step.to, step.send),
      confirm: members(own),
      at: RESULT,
      refusals: [
        { match: members({ ...own, error: null }), code: 'INVOCATION_ERROR' },
        { match: members({ type: '7' }), code: 'CLOSE' },
      ],
    });
  },
  // Without an id it is a non-blocking invocation, which has no completion.
  request: ({ name, weight, to, send, expect, capture, silent }) => ({
    ...{ name, weight, send: invocation(silent === true ? null : '{{sequence}}', to, send) },
    expect: expected(expect, null, RESULT),
    captures: capturesOf(capture, RESULT),
  }),
});
