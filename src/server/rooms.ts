import type { Peer } from './peer.js';

/** The members of each room. A room exists as long as it has members. */
export class Rooms {
  static readonly maxPerPeer = 32;
  readonly #members = new Map<string, Set<Peer>>();

  /** The number of members after the join; null if this peer is in as many rooms as allowed. */
  join(peer: Peer, room: string): number | null {
    peer.state.rooms ??= new Set();
    const joined = peer.state.rooms;
    if (!joined.has(room) && joined.size >= Rooms.maxPerPeer) return null;
    joined.add(room);
    const members = this.#members.get(room) ?? new Set();
    this.#members.set(room, members);
    return members.add(peer).size;
  }

  /** Null when nobody is in it. */
  members(room: string): ReadonlySet<Peer> | null {
    return this.#members.get(room) ?? null;
  }

  leaveAll(peer: Peer): void {
    for (const room of peer.state.rooms ?? []) {
      const members = this.#members.get(room);
      members?.delete(peer);
      if (members?.size === 0) this.#members.delete(room);
    }
    peer.state.rooms = null;
  }
}
