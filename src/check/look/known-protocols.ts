import type { Received } from '../received.js';
import type { KnownProtocol } from './server-kind.js';

/** How a protocol is recognised, and what its clients send first. */
export interface ProtocolManner {
  readonly protocol: KnownProtocol;
  /** Its sub-protocol names, the preferred one first. */
  readonly subprotocols: readonly string[];
  /** The server's first frame, if the server speaks first. */
  readonly greets: RegExp | null;
  readonly hello: string | Buffer;
  /** Does this answer to the hello follow the protocol? */
  readonly welcomes: (message: Received) => boolean;
}

const RECORD_END = '\u001e';
/** MQTT 3.1.1: CONNECT, clean session, keep-alive 60 s, no client name: two of one name would end each other. */
const MQTT_CONNECT = Buffer.from([0x10, 12, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 60, 0, 0]);
const MQTT_CONNACK = 0x20;

const startsWith = (pattern: RegExp) => (message: Received) => !message.isBinary && pattern.test(headOf(message));

/** A socket.io server is an engine.io server that answers the hello. */
const SOCKET_IO: ProtocolManner = {
  protocol: 'socket.io',
  subprotocols: [],
  greets: /^0\{.*"sid":/s,
  hello: '40',
  welcomes: startsWith(/^4[04](\{|$)/),
};

const GRAPHQL = {
  greets: null,
  hello: '{"type":"connection_init"}',
  welcomes: startsWith(/"type":\s*"connection_ack"/),
} as const;

const PROTOCOLS: readonly ProtocolManner[] = [
  SOCKET_IO,
  { ...GRAPHQL, protocol: 'graphql-transport-ws', subprotocols: ['graphql-transport-ws'] },
  { ...GRAPHQL, protocol: 'graphql-ws', subprotocols: ['graphql-ws'] },
  {
    protocol: 'STOMP',
    subprotocols: ['v12.stomp', 'v11.stomp', 'v10.stomp'],
    greets: null,
    hello: 'CONNECT\naccept-version:1.0,1.1,1.2\nhost:localhost\nheart-beat:0,0\n\n\0',
    welcomes: startsWith(/^(CONNECTED|ERROR)\r?\n/),
  },
  {
    protocol: 'MQTT',
    subprotocols: ['mqtt', 'mqttv3.1'],
    greets: null,
    hello: MQTT_CONNECT,
    welcomes: ({ data, isBinary }) => isBinary && data[0] === MQTT_CONNACK && data.length >= 4,
  },
  {
    protocol: 'SignalR',
    subprotocols: [],
    greets: null,
    hello: `{"protocol":"json","version":1}${RECORD_END}`,
    welcomes: ({ data, isBinary }) => !isBinary && data.at(0) === 0x7b && data.at(-1) === RECORD_END.charCodeAt(0),
  },
];

/** Tried if nothing else was answered: these servers wait for their first frame, whatever the sub-protocol. */
export const SILENT_PROTOCOLS = PROTOCOLS.filter(
  ({ greets, protocol }) => greets === null && !/graphql/.test(protocol),
);

/** No protocol has this name. A server that accepts it accepts any name, so the names that it accepts mean nothing. */
const NO_SUBPROTOCOL = 'wsurge.look';
export const OFFERED: readonly string[] = [NO_SUBPROTOCOL, ...PROTOCOLS.flatMap(({ subprotocols }) => subprotocols)];

export function bySubprotocol(name: string): ProtocolManner | null {
  return PROTOCOLS.find(({ subprotocols }) => subprotocols.includes(name)) ?? null;
}

export function byGreeting(messages: readonly Received[]): ProtocolManner | null {
  const text = messages.filter(({ isBinary }) => !isBinary).map(headOf);
  return PROTOCOLS.find(({ greets }) => greets !== null && text.some((each) => greets.test(each))) ?? null;
}

export function mannerOf(protocol: KnownProtocol): ProtocolManner {
  return PROTOCOLS.find((each) => each.protocol === protocol) ?? { ...SOCKET_IO, protocol };
}

const HEAD_BYTES = 2000;

function headOf({ data }: Received): string {
  return data.subarray(0, HEAD_BYTES).toString('utf8');
}
