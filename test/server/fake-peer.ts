import { type Peer, PeerState } from '../../src/server/peer.js';

/** A peer without a socket that writes down what is done to it. */
export class FakePeer implements Peer {
  readonly state = new PeerState();
  readonly sent: string[] = [];
  pings = 0;
  isCut = false;
  isRead = true;

  deliver(data: string | Uint8Array): number {
    this.sent.push(String(data));
    return 0;
  }

  ping(): void {
    this.pings += 1;
  }

  read(isWanted: boolean): void {
    this.isRead = isWanted;
  }

  end(): void {
    this.state.isClosing = true;
  }

  terminate(): void {
    this.isCut = true;
  }
}
