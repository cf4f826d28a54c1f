/** One connection, as both engines show it to the rules. Engines keep one object a connection and no closures. */
export interface Peer {
  /**
   * Sends one message. Returns the bytes that now wait for this reader (0 when the kernel took all of them).
   * Never called after `end` or `terminate`.
   */
  deliver(data: string | Uint8Array, isBinary: boolean): number;
  ping(): void;
  /** Stops or goes on reading from this connection; asked for on the engine ws only. */
  read(isWanted: boolean): void;
  /** Closing handshake; what is still buffered goes out first. */
  end(code: number, reason: string): void;
  /** Cuts the connection without a closing handshake. */
  terminate(): void;
  readonly state: PeerState;
}

/** What the hub remembers of a connection. Small on purpose: there is one of them for each idle connection. */
export class PeerState {
  /** Messages received, for the quota. */
  received = 0;
  /** When the unanswered ping went out, ms of the hub's clock; 0 when none is. */
  pingedAtMs = 0;
  /** Set once a close was asked for: nothing is sent or read any more. */
  isClosing = false;
  streams = 0;
  rooms: Set<string> | null = null;
}
