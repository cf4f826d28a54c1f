/** What the server needs of an engine: sockets in, sockets out. The rules live in the hub. */
export interface Engine {
  /** Resolves with the port it listens on; rejects with a WsurgeError (104) where it cannot. */
  listen(): Promise<number>;
  /** Takes no more connections, says 1001 to the open ones and resolves when all sockets are gone. */
  close(): Promise<void>;
}

/** How long a peer may take over its closing handshake when the server stops. */
export const SHUTDOWN_GRACE_MS = 2000;
