import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { nodePeer, type Peer, peerScript } from './child-peer.js';

/** A guard against hanging. */
const CLIENT_TIMEOUT_MS = 60_000;

/** Starts a stand-in for as long as `use` takes. */
export async function withStandIn(
  name: string,
  args: readonly string[],
  use: (peer: Peer) => Promise<void>,
): Promise<void> {
  await withPeer(nodePeer(`stand-ins/${name}.mjs`, args), use);
}

export async function withPeer(starting: Promise<Peer>, use: (peer: Peer) => Promise<void>): Promise<void> {
  const peer = await starting;
  try {
    await use(peer);
  } finally {
    await peer.stop();
  }
}

/** What the vendor's own client found of a peer; see clients/. It fails where that client does. */
export async function clientFound(name: string, { origin }: Peer): Promise<unknown> {
  const args = [peerScript(`clients/${name}.mjs`), origin];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: CLIENT_TIMEOUT_MS });
  return JSON.parse(stdout);
}
