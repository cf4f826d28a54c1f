import type { EchoForm } from '../echo-form.js';

/** Longest time that a look asks and listens once its first connection is open, ms. */
export const LOOK_MS = 3000;

/** Protocols that are known by their sub-protocol or their first frames. */
export type KnownProtocol =
  | 'socket.io'
  | 'engine.io'
  | 'graphql-transport-ws'
  | 'graphql-ws'
  | 'SignalR'
  | 'STOMP'
  | 'MQTT';

/** What kind of server this is, with the facts that say so. Texts quote the server. */
export type ServerKind =
  /** `wsurge serve`. */
  | { readonly name: 'bot' }
  /** Every text comes back, byte for byte. */
  | { readonly name: 'echo'; readonly form: EchoForm }
  /** JSON comes back with all its fields and perhaps more; other text does not come back. */
  | { readonly name: 'json-echo'; readonly form: EchoForm; readonly added: readonly string[] }
  /** The content comes back within other words. */
  | { readonly name: 'wrapped-echo'; readonly form: EchoForm }
  /** Binary messages come back byte for byte, and text does not. */
  | { readonly name: 'binary-echo' }
  /** Every message is answered in other words, with the id that it had. */
  | { readonly name: 'by-id'; readonly field: string; readonly answer: string }
  /** Every message is answered, with nothing of it. */
  | { readonly name: 'answers'; readonly answer: string }
  /** Messages reach the other clients, and the sender gets nothing. */
  | { readonly name: 'relay'; readonly heard: string }
  /** Messages come unasked, and none is answered. */
  | { readonly name: 'pushes'; readonly first: string; readonly perSecond: number }
  /** `accepted`: the server answered our first frame as the protocol says. */
  | {
      readonly name: 'protocol';
      readonly protocol: KnownProtocol;
      readonly accepted: boolean;
      /** The frame or the sub-protocol by which it is known. */
      readonly seen: string;
    }
  /** Every connection is closed at once. */
  | { readonly name: 'closes'; readonly code: number; readonly reason: string }
  /** Every message that was tried ended the connection. */
  | { readonly name: 'refuses'; readonly code: number; readonly reason: string }
  | { readonly name: 'silent' };

/** Messages that nobody asked for. */
export interface UnaskedMessages {
  readonly count: number;
  /** The first, as it may be shown. */
  readonly first: string;
}

/** Close code and reason; 1006 where there was no close frame. */
export interface Ending {
  readonly code: number;
  readonly reason: string;
}

/** What a look at the server found. Durations are milliseconds. */
export interface Found {
  readonly kind: ServerKind;
  /** What every connection is sent when it opens. */
  readonly greeting: UnaskedMessages | null;
  /** What came later, without being asked for, during the look. */
  readonly unasked: UnaskedMessages | null;
  /** What one connection had sent and another one heard, as it may be shown; null where that did not happen. */
  readonly passedOn: string | null;
  /** Sub-protocols that the server wants and the profile does not name. */
  readonly subprotocols: readonly string[];
  /** Binary messages come back as they were. */
  readonly binary: boolean;
  /** How a text that is no JSON ended the connection, where JSON did not; null where it stayed open. */
  readonly textEnds: Ending | null;
  /** How a binary message ended the connection, where text did not; null where it stayed open. */
  readonly binaryEnds: Ending | null;
  /** The slowest reply; null where none came. */
  readonly slowestReplyMs: number | null;
  /** A ping frame's answer; null where none came. */
  readonly pongMs: number | null;
  /** The closing handshake; null where it was not done in time. */
  readonly closeMs: number | null;
  readonly tookMs: number;
}
