import { type Peer, peerScript, startPeer } from './child-peer.js';

/** RabbitMQ with STOMP over WebSocket at `/ws`. It takes seconds to start. */
export function rabbitmq(): Promise<Peer> {
  return startPeer(process.execPath, [peerScript('rabbitmq.mjs')], 'end of input');
}
