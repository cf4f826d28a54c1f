import type { ProtocolName } from '../../profile/protocols.js';
import type { EchoForm } from '../echo-form.js';

/** Longest time of a look once its first connection is open, ms. */
export const LOOK_MS = 3000;

/** Protocols that are recognised by their sub-protocol or their first frames. */
export type KnownProtocol =
  | 'socket.io'
  | 'engine.io'
  | 'graphql-transport-ws'
  | 'graphql-ws'
  | 'SignalR'
  | 'STOMP'
  | 'MQTT';

/** The kind of a server, with the facts that show it. Texts quote the server. */
export type ServerKind =
  /** It let the session of the profile in. What else it does is said by the profile, so it was not asked. */
  | {
      readonly name: 'session';
      readonly protocol: ProtocolName;
      /** Steps of the session, those of the protocol included; a script counts as one. */
      readonly steps: number;
      /** Names of the profile's requests whose replies are matched, and of those that were answered as it expects. */
      readonly requests: readonly string[];
      readonly answered: readonly string[];
    }
  /** `wsurge serve`. */
  | { readonly name: 'bot' }
  /** Every text comes back, byte for byte. */
  | { readonly name: 'echo'; readonly form: EchoForm }
  /** JSON comes back with all its fields and perhaps more; other text does not come back. */
  | { readonly name: 'json-echo'; readonly form: EchoForm; readonly added: readonly string[] }
  /** The content comes back among other words. */
  | { readonly name: 'wrapped-echo'; readonly form: EchoForm }
  /** Binary messages come back byte for byte, and text does not. */
  | { readonly name: 'binary-echo' }
  /** Every message is answered in other words, with the id of the message. */
  | { readonly name: 'by-id'; readonly field: string; readonly answer: string }
  /** Every message is answered, but the answer repeats nothing of it. */
  | { readonly name: 'answers'; readonly answer: string }
  /** Messages are passed on to the other clients; the sender gets nothing. */
  | { readonly name: 'relay'; readonly heard: string }
  /** The server sends by itself, and answers nothing. */
  | { readonly name: 'pushes'; readonly first: string; readonly perSecond: number }
  /** `accepted`: the server answered our first frame as the protocol says. */
  | {
      readonly name: 'protocol';
      readonly protocol: KnownProtocol;
      readonly accepted: boolean;
      /** The frame or the sub-protocol by which it was recognised. */
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
  /** The first message, as text for people. */
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
  /** What every connection receives when it opens. */
  readonly greeting: UnaskedMessages | null;
  /** Unrequested messages that came later during the look. */
  readonly unasked: UnaskedMessages | null;
  /** A message of one connection that another received, as text for people; null if there was none. */
  readonly passedOn: string | null;
  /** Sub-protocols that the server wants and the profile does not name. */
  readonly subprotocols: readonly string[];
  /** Binary messages come back as they were. */
  readonly binary: boolean;
  /** How a text that is not JSON ended the connection, if JSON did not; null if the connection stayed open. */
  readonly textEnds: Ending | null;
  /** How a binary message ended the connection, if text did not; null if the connection stayed open. */
  readonly binaryEnds: Ending | null;
  /** The slowest reply; null if none came. */
  readonly slowestReplyMs: number | null;
  /** The pong to a ping frame; null if none came. */
  readonly pongMs: number | null;
  /** The closing handshake; null if it did not finish in time. */
  readonly closeMs: number | null;
  readonly tookMs: number;
}
