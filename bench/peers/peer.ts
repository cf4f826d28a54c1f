/** The load that a case asks of a tool. `rate`: messages per second over all connections. */
export type PeerLoad =
  | { readonly kind: 'closed'; readonly connections: number }
  | { readonly kind: 'open'; readonly connections: number; readonly rate: number };

export interface PeerRun {
  readonly url: string;
  readonly seconds: number;
  /** A folder of its own, for the files below. */
  readonly folder: string;
}

/** How a tool is started: its arguments, and the files it reads, text by name in the folder. */
export interface PeerPlan {
  readonly args: readonly string[];
  readonly files: Readonly<Record<string, string>>;
}

/** Another load generator to compare wsurge with. */
export interface Peer {
  /** The loads it can make; it is left out of other cases. */
  readonly kinds: readonly PeerLoad['kind'][];
  /** Arguments that print its version; null if it has none. */
  readonly versionArgs: readonly string[] | null;
  readonly plan: (load: PeerLoad, run: PeerRun) => PeerPlan;
}

/** A tool as the command line names it. */
export interface NamedPeer {
  readonly name: string;
  readonly path: string;
  readonly peer: Peer;
}
