/** One connection, as both engines show it to the rules. An engine keeps one object and no closures per connection. */
export interface Peer {
  /**
   * Sends one message. Returns the bytes that now wait for this reader (0 when the kernel took all of them).
   * Never called after `end` or `terminate`.
   */
  deliver(data: string | Uint8Array, isBinary: boolean): number;
  ping(): void;
  /** Stops or resumes reading from this connection. Called for the engine ws only. */
  read(isWanted: boolean): void;
  /** Starts the closing handshake. Buffered messages are sent first. */
  end(code: number, reason: string): void;
  /** Cuts the connection without a closing handshake. */
  terminate(): void;
  readonly state: PeerState;
}

/** The hub's state of one connection. Small on purpose: every idle connection has one. */
export class PeerState {
  /** Messages received, for the quota. */
  received = 0;
  /** When the unanswered ping was sent, ms of the hub's clock; 0 if there is none. */
  pingedAtMs = 0;
  /** Set when a close was asked for: from then on nothing is sent or read. */
  isClosing = false;
  streams = 0;
  rooms: Set<string> | null = null;
}
