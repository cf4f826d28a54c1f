import type { Received } from './received.js';
import type { Speech } from './session/speech.js';
import type { SetAside, Sorting } from './set-aside.js';
import type { TlsWish } from './wire.js';

/** How a connection may differ from what the profile says about the target. */
export interface OpenOptions {
  /** Instead of those of the profile. */
  readonly subprotocols?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly origin?: string;
  /** Instead of the URL's path and query. */
  readonly path?: string;
  /** Offers permessage-deflate. */
  readonly compression?: boolean;
  /** Without the headers of the profile and the query of the URL. */
  readonly anonymous?: boolean;
  readonly tls?: TlsWish;
  /** Absolute deadline of the whole connect. */
  readonly withinMs?: number;
  /** False: pings are counted and not answered. */
  readonly pongs?: boolean;
  /** Keep unrequested messages, too: greetings, pushes, and messages of other clients. */
  readonly hearsAll?: boolean;
  /** Without the session of the profile. */
  readonly isBare?: boolean;
  /** A proxy before the server. */
  readonly via?: { readonly host: string; readonly port: number };
}

/** Time of each phase of a connect, ms. */
export interface Phases {
  readonly tcpMs: number;
  readonly tlsMs: number | null;
  readonly upgradeMs: number;
  readonly totalMs: number;
}

/** Longest silence, and longest time in all, ms. */
export interface GatherLimits {
  readonly quietMs: number;
  readonly mostMs: number;
}

/** How a wait for a number of messages ended. `late`: messages were still coming when the time was up. */
export type GatherEnd = 'all' | 'quiet' | 'late' | 'closed';

export interface Gathered {
  readonly messages: Received[];
  readonly end: GatherEnd;
}

/** What a connection says by itself, and what it sets aside of what it hears. */
export interface Manners {
  readonly sorting: Sorting | null;
  readonly speech: Speech | null;
  /** Receives the messages that nobody asked for; null if they are not counted. */
  readonly setAside: SetAside | null;
}
