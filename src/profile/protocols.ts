/**
 * The protocols that a profile may name, as facts that hold before any dialect is asked: what the handshake needs, and
 * which options a user may give. What goes over the wire is in `src/dialect/`, one file for each.
 */
export const PROTOCOL_NAMES = [
  'none',
  'json-rpc',
  'socket.io',
  'graphql-ws',
  'phoenix',
  'signalr',
  'actioncable',
  'pusher',
  'centrifugo',
  'stomp',
  'mqtt',
] as const;
export type ProtocolName = (typeof PROTOCOL_NAMES)[number];

export interface ProtocolFacts {
  /** What it is, in one short sentence for help texts. */
  readonly is: string;
  /** Sub-protocols that the handshake offers unless the user names others. */
  readonly subprotocols: readonly string[];
  /** The largest number that a message may have; absent for any of ten digits. */
  readonly largestId?: number;
  /** Members of the query that the URL gets unless it has them. */
  readonly query: Readonly<Record<string, string>>;
  /** The path at which its servers listen unless told otherwise, for a URL without one; null if there is none. */
  readonly path: string | null;
  /** Keys that `protocol: { name, ... }` may have beside `name` and `beat`. */
  readonly options: readonly string[];
  /** Keys of a step or request that only this protocol knows, beside `to` and `send`. */
  readonly words: readonly string[];
  /** What `to` means, for messages and docs; null if a message has no `to`. */
  readonly to: string | null;
  /** What `send` means. */
  readonly send: string;
  /** False if the server never answers a message. Replies are then not matched. */
  readonly answers: boolean;
  /** True if it answers every message, whatever the server's own code does. */
  readonly answersAll?: true;
  /** False if nobody receives what he sends to many himself. Absent: the server decides. */
  readonly toSender?: false;
  /** True if a reply says nothing but that the message arrived: nothing can be expected of it, or captured from it. */
  readonly bareReplies?: true;
  /** What `subscribe` means; null if the protocol has no confirmed subscriptions. */
  readonly subscribe: string | null;
  /** Who begins a heartbeat that the client takes part in: the client, or the server; null for nobody. */
  readonly beats: 'client' | 'server' | null;
  /** What it captures itself before the user's first step; absent for nothing. */
  readonly captures?: readonly string[];
  /** Its messages are bytes, and what is sent is an envelope around a payload; absent: they are text. */
  readonly bytes?: true;
  /** What its own close codes mean; absent if it has none. */
  readonly closes?: Readonly<Record<number, string>>;
}

export const PROTOCOLS: Readonly<Record<ProtocolName, ProtocolFacts>> = {
  none: {
    is: 'messages of your own, as JSON or text',
    path: null,
    beats: null,
    ...{ subprotocols: [], query: {}, options: [], words: [], to: null, answers: true, subscribe: null },
    send: 'the message itself: a text, or JSON',
  },
  'json-rpc': {
    is: 'JSON-RPC 2.0',
    path: null,
    beats: null,
    ...{ subprotocols: [], query: {}, options: [], words: [], answers: true },
    to: 'method',
    send: 'params',
    subscribe: '[method, params]: its result is the id of the subscription, as eth_subscribe does',
  },
  'socket.io': {
    is: 'Socket.IO 3 and 4 (protocol 5) over WebSocket alone',
    path: '/socket.io/',
    beats: 'server',
    ...{ subprotocols: [], query: { EIO: '4', transport: 'websocket' }, options: ['namespace', 'auth'], words: [] },
    to: 'event',
    send: 'its arguments, a list',
    answers: true,
    subscribe: null,
  },
  'graphql-ws': {
    is: 'GraphQL over WebSocket (sub-protocol graphql-transport-ws)',
    path: null,
    beats: 'server',
    ...{ subprotocols: ['graphql-transport-ws'], query: {}, options: ['payload'], words: [], to: null, answers: true },
    send: '{ query, variables, operationName }',
    subscribe: '{ query, variables }: its results are counted',
    answersAll: true,
    // The `CloseCode` of the graphql-ws package, as far as a server sends them.
    closes: {
      4400: 'invalid message',
      4401: 'unauthorized: not acknowledged yet',
      4403: 'forbidden',
      4406: 'sub-protocol not acceptable',
      4408: 'connection initialisation timeout',
      4409: 'subscriber already exists',
      4429: 'too many initialisation requests',
      4500: 'internal server error',
    },
  },
  phoenix: {
    is: 'Phoenix channels, serializer version 2',
    path: null,
    beats: 'client',
    ...{ subprotocols: [], query: { vsn: '2.0.0' }, options: [], words: [], answers: true },
    to: 'topic and event, separated by a space',
    send: 'payload',
    subscribe: 'topic, or { topic, payload }: joins it',
  },
  signalr: {
    is: 'ASP.NET Core SignalR, JSON hub protocol',
    path: null,
    beats: 'client',
    ...{ subprotocols: [], query: {}, options: [], words: [], answers: true, subscribe: null },
    to: 'target, the name of the hub method',
    send: 'its arguments, a list',
  },
  actioncable: {
    is: 'Rails Action Cable',
    path: null,
    beats: null,
    ...{ subprotocols: ['actioncable-v1-json'], query: {}, options: [], words: ['action'], answers: false },
    to: 'channel: its class name, or { channel, ... }',
    send: 'data',
    subscribe: 'channel: its class name, or { channel, ... }',
  },
  pusher: {
    is: 'Pusher Channels, protocol 7',
    path: null,
    beats: 'client',
    captures: ['socket_id'],
    toSender: false,
    ...{ subprotocols: [], query: { protocol: '7' }, options: [], words: [], answers: false },
    to: 'channel and client event, separated by a space',
    send: 'data',
    subscribe: 'channel, or { channel, auth, channel_data }',
  },
  centrifugo: {
    is: 'Centrifugo and Centrifuge, JSON protocol',
    // The server reads it into 32 bits.
    largestId: 2 ** 32 - 1,
    path: null,
    beats: 'server',
    ...{ subprotocols: [], query: {}, options: ['token', 'data'], words: [], answers: true },
    to: 'rpc METHOD, or publish CHANNEL',
    send: 'data',
    subscribe: 'channel, or { channel, token }',
    answersAll: true,
  },
  stomp: {
    is: 'STOMP 1.2, as RabbitMQ, ActiveMQ and Spring speak it',
    path: null,
    beats: 'client',
    bareReplies: true,
    ...{ subprotocols: ['v12.stomp'], query: {}, options: ['host', 'login', 'passcode', 'heart-beat'], words: [] },
    to: 'destination, or { destination, HEADER: ... }',
    send: 'body: a text, or JSON',
    answers: true,
    subscribe: 'destination, or { destination, HEADER: ... }',
  },
  mqtt: {
    is: 'MQTT 3.1.1 over WebSocket, QoS 0 and 1',
    path: '/mqtt',
    beats: 'client',
    bareReplies: true,
    ...{ subprotocols: ['mqtt'], query: {}, answers: true },
    options: ['clientId', 'user', 'password', 'keepAlive', 'qos'],
    words: ['qos'],
    to: 'topic',
    send: 'the payload: a text, or JSON',
    subscribe: 'topic filter, e.g. sensors/+/state',
    bytes: true,
  },
};
