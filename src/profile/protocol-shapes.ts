/** What `to`, `send` and `subscribe` must look like in each protocol, checked before anything is connected. */
import type { JsonObject, JsonValue } from './profile.js';
import type { ProtocolName } from './protocols.js';

export interface ShapeTrouble {
  readonly message: string;
  readonly hint?: string;
}

type Shape = (value: JsonValue) => ShapeTrouble | null;
type Word = 'to' | 'send' | 'subscribe';

/** Names that a client of Socket.IO may not emit. */
const RESERVED = ['connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener'];

const SHAPES: Readonly<Record<ProtocolName, Partial<Record<Word, Shape>>>> = {
  none: {},
  'json-rpc': {
    to: asText('the name of a method, e.g. eth_blockNumber'),
    send: (value) =>
      isList(value) || isMapping(value) ? null : { message: 'is no params', hint: 'a list or mapping' },
    subscribe: (value) => {
      if (isList(value) && value.length > 0 && value.length <= 2 && typeof value[0] === 'string') return null;
      return { message: 'is no [method, params]', hint: 'write it like [eth_subscribe, [newHeads]]' };
    },
  },
  'socket.io': {
    to: (value) => {
      const wrong = asText('the name of an event, e.g. message')(value);
      if (wrong !== null || !RESERVED.includes(value as string)) return wrong;
      return { message: 'is a name that Socket.IO keeps for itself', hint: 'emit another event' };
    },
  },
  'graphql-ws': { send: graphqlOnce, subscribe: graphql },
  phoenix: {
    to: twoWords('topic and event', 'room:1 new_msg'),
    subscribe: textOrMapping('topic', '{ topic, payload }'),
  },
  signalr: { to: asText('the name of a hub method, e.g. SendMessage') },
  actioncable: {
    to: textOrMapping('channel', '{ channel, ... }'),
    send: (value) => (isMapping(value) ? null : { message: 'is no mapping', hint: 'write it like { body: hello }' }),
    subscribe: textOrMapping('channel', '{ channel, ... }'),
  },
  pusher: {
    to: (value) => {
      const wrong = twoWords('channel and event', 'private-chat client-typing')(value);
      if (wrong !== null) return wrong;
      const [channel = '', event = ''] = (value as string).split(' ');
      if (!event.startsWith('client-')) {
        return { message: 'names no client event', hint: 'its name begins with client-' };
      }
      if (/^(private|presence)-/.test(channel) || channel.includes('{{')) return null;
      return { message: 'names a public channel, which takes no client events', hint: 'private-... or presence-...' };
    },
    subscribe: textOrMapping('channel', '{ channel, auth, channel_data }'),
  },
  centrifugo: {
    to: (value) => {
      if (typeof value === 'string' && /^(rpc|publish) \S/.test(value)) return null;
      return { message: 'is neither an rpc nor a publish', hint: 'write it like rpc METHOD or publish CHANNEL' };
    },
    subscribe: textOrMapping('channel', '{ channel, token }'),
  },
  stomp: {
    to: (value) => stompHeaders(value, ['receipt', 'content-length']),
    send: (value) =>
      typeof value === 'string' && value.includes('\0')
        ? { message: 'holds a NUL, which ends a frame', hint: 'send text or JSON' }
        : null,
    subscribe: stompSubscription,
  },
  mqtt: {
    to: (value) => {
      const wrong = asText('a topic, e.g. sensors/7/state')(value) ?? topicTrouble(value as string);
      if (wrong !== null || !/[+#]/.test(value as string)) return wrong;
      return { message: 'holds + or #, which only a subscription may have', hint: 'name one topic' };
    },
    subscribe: (value) => {
      const wrong = asText('a topic filter, e.g. sensors/+/state')(value) ?? topicTrouble(value as string);
      if (wrong !== null || (value as string).split('/').every(isLevel)) return wrong;
      const message = 'is no topic filter: + stands for a whole level, # for all levels at the end';
      return { message, hint: 'write it like sensors/+/state or sensors/#' };
    },
  },
};

/** What is wrong with a word in a protocol; null if nothing is. */
export function shapeTrouble(protocol: ProtocolName, word: Word, value: JsonValue): ShapeTrouble | null {
  return SHAPES[protocol][word]?.(value) ?? null;
}

/** Two bytes say how long a topic is. */
const TOPIC_MAX_BYTES = 65_535;

function topicTrouble(topic: string): ShapeTrouble | null {
  if (topic.includes('\0')) return { message: 'holds a NUL, which no topic may' };
  return Buffer.byteLength(topic) > TOPIC_MAX_BYTES ? { message: 'is longer than 65,535 bytes' } : null;
}

/** Levels of a topic filter: `#` only at the end, `+` only alone. */
function isLevel(level: string, index: number, levels: readonly string[]): boolean {
  return level === '+' || (level === '#' ? index === levels.length - 1 : !/[+#]/.test(level));
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function isMapping(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function asText(what: string): Shape {
  return (value) =>
    typeof value === 'string' && value.trim() !== '' ? null : { message: 'is no text', hint: `it is ${what}` };
}

function twoWords(what: string, example: string): Shape {
  return (value) => {
    if (typeof value === 'string' && /^\S+ \S+$/.test(value.replaceAll(/\{\{[^{}]*\}\}/g, 'x'))) return null;
    return { message: `is no ${what}, separated by a space`, hint: `write it like ${example}` };
  };
}

/** A name alone, or a mapping that has it under `key` beside other things. */
function textOrMapping(key: string, form: string): Shape {
  return (value) => {
    const name = isMapping(value) ? value[key] : value;
    if (typeof name === 'string' && name.trim() !== '') return null;
    return { message: `names no ${key}`, hint: `write the ${key}, or ${form}` };
  };
}

/** `own`: headers that are not the user's to say. */
function stompHeaders(value: JsonValue, own: readonly string[]): ShapeTrouble | null {
  const wrong = textOrMapping('destination', '{ destination, HEADER: ... }')(value);
  if (wrong !== null || !isMapping(value)) return wrong;
  const taken = own.find((name) => value[name] !== undefined);
  if (taken !== undefined) {
    const hint = taken === 'receipt' ? 'remove it; where the server sends no receipts, say reply: none' : 'remove it';
    return { message: `says ${taken}, which wsurge says itself`, hint };
  }
  const [odd] = Object.entries(value).find(([, each]) => typeof each === 'object') ?? [];
  if (odd === undefined) return null;
  return { message: `has a header that is no text: ${odd}`, hint: 'a header is a text, a number, true or false' };
}

function stompSubscription(value: JsonValue): ShapeTrouble | null {
  const { receipt, ack = 'auto', ...others } = isMapping(value) ? value : { destination: value };
  if (ack !== 'auto') {
    const hint = 'wsurge acknowledges no message: leave ack out, which means auto';
    return { message: `says ack: ${String(ack)}, so that the server waits for an ACK of each message`, hint };
  }
  if (receipt !== undefined && receipt !== 'none') {
    const hint = 'leave it out, or say receipt: none for a server that sends no receipts';
    return { message: 'says receipt, which wsurge says itself', hint };
  }
  return stompHeaders(others as JsonObject, []);
}

/** The first result of an operation is its reply, so a message is an operation with one result. */
function graphqlOnce(value: JsonValue): ShapeTrouble | null {
  const query = isMapping(value) ? value['query'] : value;
  if (typeof query === 'string' && /^\s*subscription\b/.test(query)) {
    return { message: 'is a subscription, which has many results', hint: 'use subscribe in a step of the session' };
  }
  return graphql(value);
}

/** A text is the query itself. */
function graphql(value: JsonValue): ShapeTrouble | null {
  if (typeof value === 'string' && value.trim() !== '') return null;
  if (isMapping(value) && typeof value['query'] === 'string' && value['query'].trim() !== '') return null;
  return { message: 'holds no query', hint: "write it like { query: 'query { me { name } }', variables: {} }" };
}
