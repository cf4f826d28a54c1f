/**
 * MQTT 3.1.1 over WebSocket (https://docs.oasis-open.org/mqtt/mqtt/v3.1.1/os/mqtt-v3.1.1-os.html; WebSocket: chapter 6).
 * Packets are bytes in binary frames: a byte with type and flags, the length of the rest, the rest. A frame may hold
 * several packets, or a part of one.
 *
 *     client  10 .. 00 04 MQTT 04 c2 00 3c, client id, user, password      CONNECT, with a clean session
 *     server  20 02 00 00          CONNACK; the last byte says why it refuses: 01 ... 05
 *     client  82 .. 00 01 00 04 news 01                                    SUBSCRIBE: id, topic filter, QoS
 *     server  90 03 00 01 01       SUBACK: id, granted QoS; 80 refuses
 *     client  30 .. 00 04 news hello                                       PUBLISH, QoS 0: nothing answers it
 *     client  32 .. 00 04 news 00 07 hello                                 PUBLISH, QoS 1, with an id of two bytes
 *     server  40 02 00 07          PUBACK
 *     server  30/32 ...            PUBLISH of a topic that was subscribed to; QoS 1 obliges to a PUBACK with its id
 *     client  c0 00     server  d0 00     PINGREQ, PINGRESP
 *     client  e0 00                DISCONNECT
 *
 * The payload of a delivery tells by {{sequence}} which message it is; what a PUBACK is about, its id tells.
 */
import type { JsonObject, JsonValue, RequestSpec, StepSpec } from '../profile/profile.js';
import { lengthAndBytes, lengthAndText, u16, utf8 } from './byte-text.js';
import { awaits, type Dialect, ownStep, rule, stepOf } from './dialect.js';
import { messageOf } from './none.js';
import type { WireLayout, WireStep } from './wire.js';

/** A broker may cut a client off that is silent for one and a half times as long. */
const KEEP_ALIVE_MS = 60_000;
/** Bits of the first byte of a PUBLISH. */
const QOS_BITS = 0x06;
const QOS_1 = 0x02;
const PUBLISH: WireLayout = {
  first: { mask: 0xf0, is: 0x30 },
  before: ['length', 'text', { idIf: QOS_BITS }],
};
/** Stored by the broker before the subscription. */
const RETAINED: WireLayout = { ...PUBLISH, first: { mask: 0xf1, is: 0x31 } };
const CONNECT_FLAGS = { cleanSession: 0x02, password: 0x40, user: 0x80 };
const STEP_ID = '{{u16:stepId}}';
/** By the last byte of a CONNACK (3.2.2.3). */
const REFUSED = [
  'unacceptable_protocol_version',
  'identifier_rejected',
  'server_unavailable',
  'bad_user_name_or_password',
  'not_authorized',
];
/** Codes that no server should send: whatever they mean, the connect was refused. */
const REFUSED_MOST = 0xff;

export const mqtt = (options: JsonObject): Dialect => {
  const keepAlive = options['keepAlive'];
  const keepAliveMs = keepAlive === 'off' ? 0 : Number(keepAlive ?? KEEP_ALIVE_MS);
  const qosOf = ({ words }: Pick<RequestSpec, 'words'>) => Number(words['qos'] ?? options['qos'] ?? 0);
  return {
    pushes: ['publish'],
    separator: { lengthAt: 1 },
    key: { kind: 'slot', at: 2 },
    // Twice as often as must be, so that no stall of a busy machine makes it late.
    beat: keepAliveMs === 0 ? null : { everyMs: keepAliveMs / 2, send: '\xc0\x00' },
    bye: '\xe0\x00',
    binary: { content: PUBLISH, confirm: { first: { mask: 0xf0 | QOS_BITS, is: 0x30 | QOS_1 }, send: '\x40\x02' } },
    opening: () => [
      ownStep('connect', { send: connect(options, keepAliveMs), expect: { bytes: '\x20\x02' }, refusals: refusals() }),
    ],
    rules: () => [
      rule('retained', 'count', { layout: RETAINED }),
      rule('publish', 'count', { layout: PUBLISH }),
      rule('puback', 'reply', { bytes: '\x40' }),
      rule('pingresp', 'count', { bytes: '\xd0' }),
    ],
    step: (step) => stepOfUser(step, qosOf(step)),
    request: (request) => ({
      ...{ name: request.name, weight: request.weight, expect: null, captures: [] },
      send: publish(request.to, request.send, qosOf(request), '{{id}}'),
    }),
  };
};

function connect(options: JsonObject, keepAliveMs: number): string {
  const { clientId = '', user, password } = options;
  const flags =
    CONNECT_FLAGS.cleanSession |
    (user === undefined ? 0 : CONNECT_FLAGS.user) |
    (password === undefined ? 0 : CONNECT_FLAGS.password);
  const named = [clientId, user, password].flatMap((text) => (text === undefined ? [] : lengthAndText(String(text))));
  const fixed = `${lengthAndText('MQTT')}\x04${String.fromCharCode(flags)}${u16(Math.ceil(keepAliveMs / 1000))}`;
  return `\x10${lengthAndBytes(`${fixed}${named.join('')}`)}`;
}

function refusals(): WireStep['refusals'] {
  return Array.from({ length: REFUSED_MOST }, (_, index) => ({
    match: { bytes: `\x20\x02\x00${String.fromCharCode(index + 1)}` },
    code: `connack_${index + 1}${REFUSED[index] === undefined ? '' : `_${REFUSED[index]}`}`,
  }));
}

function publish(to: JsonValue | undefined, send: JsonValue | undefined, qos: number, id: string): string {
  const type = String.fromCharCode(0x30 | (qos === 0 ? 0 : QOS_1));
  const payload = send === undefined ? '' : utf8(messageOf(send));
  return `${type}${lengthAndBytes(`${lengthAndText(String(to ?? ''))}${qos === 0 ? '' : id}${payload}`)}`;
}

function stepOfUser(step: StepSpec, qos: number): WireStep {
  if (step.subscribe !== undefined) {
    const suback = `\x90\x03${STEP_ID}`;
    const filter = lengthAndText(String(step.subscribe));
    return stepOf(step, {
      send: `\x82${lengthAndBytes(`${STEP_ID}${filter}${String.fromCharCode(qos)}`)}`,
      confirm: { bytes: suback },
      refusals: [{ match: { bytes: `${suback}\x80` }, code: 'suback_80_refused' }],
    });
  }
  // A step that only waits is about a message of the broker.
  if (step.to === undefined) return stepOf(step, { send: null, confirm: awaits(step) ? { layout: PUBLISH } : null });
  const confirm = qos === 0 ? (awaits(step) ? { layout: PUBLISH } : null) : { bytes: `\x40\x02${STEP_ID}` };
  return stepOf(step, { send: publish(step.to, step.send, qos, STEP_ID), confirm });
}
