/** Which protocol a server speaks, by what it said to a client that spoke another one. */
import type { ProtocolName } from '../profile/protocols.js';

/** What a server said. */
export interface Said {
  /** Its messages, the first ones first. */
  readonly messages: readonly string[];
  /** How it closed the connection; null if it did not. */
  readonly closed: { readonly code: number; readonly reason: string } | null;
}

/** A longer message is no greeting, and is not parsed. */
const LONGEST = 64 * 1024;
const RECORD_END = '\u001e';

/** The protocol; null if nothing shows one. */
export function protocolSpoken({ messages, closed }: Said): ProtocolName | null {
  for (const message of messages) {
    const name = message.length > LONGEST ? null : protocolOfMessage(message);
    if (name !== null) return name;
  }
  return closed === null ? null : protocolOfClose(closed.code, closed.reason);
}

function protocolOfMessage(text: string): ProtocolName | null {
  if (/^0\{.*"sid":/s.test(text)) return 'socket.io';
  if (/^(CONNECTED|MESSAGE|RECEIPT|ERROR)\r?\n.*\n\r?\n/s.test(text)) return 'stomp';
  if (text.endsWith(RECORD_END)) return isSignalR(text.slice(0, text.indexOf(RECORD_END))) ? 'signalr' : null;
  const value = parsed(text);
  if (Array.isArray(value)) return value.length === 5 && /^phx_/.test(String(value[3])) ? 'phoenix' : null;
  return typeof value === 'object' && value !== null ? protocolOfObject(value as Record<string, unknown>) : null;
}

function protocolOfObject(value: Record<string, unknown>): ProtocolName | null {
  const { type, event, jsonrpc, message } = value;
  if (jsonrpc === '2.0') return 'json-rpc';
  if (typeof event === 'string' && /^pusher(_internal)?:/.test(event)) return 'pusher';
  if (type === 'connection_ack' || type === 'connection_error') return 'graphql-ws';
  // Others greet with `welcome` and send `ping` as well, with more in it.
  const isAlone = Object.keys(value).every((key) => key === 'type' || key === 'sid');
  if (type === 'welcome' && isAlone) return 'actioncable';
  if (type === 'ping' && typeof message === 'number') return 'actioncable';
  if (type === 'disconnect' && 'reconnect' in value) return 'actioncable';
  return null;
}

/** The handshake response is `{}` or `{"error":...}`; every other message has a numeric type. */
function isSignalR(record: string): boolean {
  const value = parsed(record);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { type, error } = value as Record<string, unknown>;
  return Object.keys(value).length === 0 || typeof type === 'number' || typeof error === 'string';
}

/** Only codes that no other known protocol uses for this. */
function protocolOfClose(code: number, reason: string): ProtocolName | null {
  if (code === 4429 || code === 4408) return 'graphql-ws';
  if (code === 4400) return /invalid message/i.test(reason) || reason === '' ? 'graphql-ws' : null;
  if (code === 3501 && /bad request/i.test(reason)) return 'centrifugo';
  return null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // No JSON: none of these protocols.
  }
}
