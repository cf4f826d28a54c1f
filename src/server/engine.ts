/** What the server needs from an engine: it opens and closes sockets. The rules are in the hub. */
export interface Engine {
  /** Resolves with the port it listens on. Rejects with a WsurgeError (104) if it cannot listen. */
  listen(): Promise<number>;
  /** Accepts no more connections, closes the open ones with 1001 and resolves when all sockets are gone. */
  close(): Promise<void>;
}

/** How long the closing handshake of a peer may take when the server stops. */
export const SHUTDOWN_GRACE_MS = 2000;
