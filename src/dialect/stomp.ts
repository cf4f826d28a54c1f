/**
 * STOMP 1.2 over WebSocket (https://stomp.github.io/stomp-specification-1.2.html). A NUL, written ^@ here, ends every
 * frame; line ends may follow it. Several frames may share a WebSocket message, and one may be cut over several.
 *
 *     client  CONNECT | accept-version:1.2 | host:/ | heart-beat:10000,10000 | | ^@
 *     server  CONNECTED | version:1.2 | heart-beat:10000,10000 | | ^@     or  ERROR | message:Bad CONNECT | | ... ^@
 *     client  SUBSCRIBE | id:2 | destination:/topic/news | receipt:2 | | ^@
 *     server  RECEIPT | receipt-id:2 | | ^@
 *     client  SEND | destination:/topic/news | receipt:1000000000 | | hello ^@
 *     server  RECEIPT | receipt-id:1000000000 | | ^@                      the reply
 *     server  MESSAGE | subscription:2 | message-id:... | | hello ^@      to every subscriber
 *     both    a line end alone                                            heartbeat
 *     server  ERROR | receipt-id:1000000000 | message:... | | ^@          that message was refused
 *     server  ERROR | message:... | | ^@                                  the session is over
 *
 * Bodies have no `content-length`: none that is sent holds a NUL.
 */
import type { JsonObject, JsonValue } from '../profile/profile.js';
import { awaits, capturesOf, type Dialect, expected, ownStep, rule, stepOf } from './dialect.js';
import { headerText } from './header-text.js';
import { isObject } from './json-text.js';
import { messageOf } from './none.js';
import type { WireBeat, WireMatch } from './wire.js';

const NUL = '\0';
/** As often as the usual client for browsers, `@stomp/stompjs`, offers and asks for, ms. */
const USUAL_BEATS = '10000,10000';
const STEP = '{{stepId}}';
/** The captured value that says how often the server wants heartbeats, ms. No user can give a capture this name. */
const WANTED = 'connected.heart-beat';
const ERROR: WireMatch = { starts: 'ERROR' };
/** With `headers`, the JSON of a message is its body. */
const MESSAGE: WireMatch = { starts: 'MESSAGE', headers: {} };

type Headers = readonly (readonly [name: string, value: string])[];

function frame(command: string, headers: Headers, body = ''): string {
  return `${command}\n${headers.map(([name, value]) => `${name}:${value}\n`).join('')}\n${body}${NUL}`;
}

/** A destination alone, or a mapping of headers of which it is one. `but`: a header that is not sent. */
function headersOf(value: JsonValue | undefined, but = ''): Headers {
  const { destination = '', ...others } = isObject(value ?? '') ? (value as JsonObject) : { destination: value ?? '' };
  const all = Object.entries({ destination, ...others }).filter(([name]) => name !== but);
  return all.map(([name, each]) => [headerText(name), headerText(messageOf(each))]);
}

function sending(to: JsonValue | undefined, send: JsonValue | undefined, receipt: string | null): string {
  const headers = headersOf(to);
  const isJson = send !== undefined && typeof send !== 'string' && !headers.some(([name]) => name === 'content-type');
  return frame(
    'SEND',
    [
      ...headers,
      ...(isJson ? [['content-type', 'application/json'] as const] : []),
      ...(receipt === null ? [] : [['receipt', receipt] as const]),
    ],
    messageOf(send ?? ''),
  );
}

/** Values of CONNECT are the only ones that are not escaped. */
function connecting({ host = '/', login, passcode, 'heart-beat': beats = USUAL_BEATS }: JsonObject): string {
  const given = Object.entries({ host, login, passcode, 'heart-beat': beats }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, messageOf(value).replaceAll('{{text:', '{{')] as const],
  );
  return frame('CONNECT', [['accept-version', '1.2'], ...given]);
}

function receiptOf(id: string): WireMatch {
  return { starts: 'RECEIPT', headers: { 'receipt-id': id } };
}

/** What the client offers in `heart-beat`; null for none. */
function beatOf({ 'heart-beat': beats = USUAL_BEATS }: JsonObject): WireBeat | null {
  const everyMs = Number(String(beats).split(',')[0]);
  return everyMs > 0 ? { everyMs, send: '\n', wanted: WANTED } : null;
}

export const stomp = (options: JsonObject): Dialect => ({
  pushes: ['message'],
  separator: 'headed',
  key: { kind: 'header', name: 'receipt-id' },
  beat: beatOf(options),
  opening: () => [
    ownStep('connect', {
      send: connecting(options),
      expect: { starts: 'CONNECTED' },
      refusals: [{ match: ERROR, code: 'CONNECT_ERROR' }],
      captures: [{ name: WANTED, path: [], header: { name: 'heart-beat', item: 1 }, optional: true }],
    }),
  ],
  rules: () => [
    rule('receipt', 'reply', { starts: 'RECEIPT' }),
    rule('message', 'count', { starts: 'MESSAGE' }),
    ...['\n', '\r\n'].map((starts) => rule('heartbeat', 'count', { starts })),
    rule('refused', 'fails', { ...ERROR, headers: { 'receipt-id': null } }),
    rule('ERROR', 'ends', ERROR),
  ],
  step: (step) => {
    const { subscribe, to, send } = step;
    const refusals = [{ match: ERROR, code: subscribe === undefined ? 'ERROR' : 'SUBSCRIBE_ERROR' }];
    if (subscribe === undefined) {
      const waits = awaits(step);
      return stepOf(step, {
        send: to === undefined ? null : sending(to, send, waits ? null : STEP),
        confirm: waits ? MESSAGE : to === undefined ? null : receiptOf(STEP),
        refusals,
      });
    }
    const own = headersOf(subscribe, 'receipt');
    const id = own.find(([name]) => name === 'id')?.[1] ?? STEP;
    const isSilent = isObject(subscribe) && subscribe['receipt'] === 'none';
    const waits = awaits(step);
    return stepOf(step, {
      send: frame('SUBSCRIBE', [
        ...(id === STEP ? [['id', STEP] as const] : []),
        ...own,
        ...(waits || isSilent ? [] : [['receipt', STEP] as const]),
      ]),
      confirm: waits ? { ...MESSAGE, headers: { subscription: id } } : isSilent ? null : receiptOf(STEP),
      refusals,
    });
  },
  request: ({ name, weight, to, send, expect, capture, silent }) => ({
    ...{ name, weight, send: sending(to, send, silent === true ? null : '{{sequence}}') },
    expect: expected(expect, null),
    captures: capturesOf(capture),
  }),
});
