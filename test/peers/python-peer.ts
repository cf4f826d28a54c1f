import { PYTHON } from '../needs.js';
import { type Peer, peerScript, startPeer } from './child-peer.js';

const SCRIPTS = { fastapi: 'fastapi_bot.py', websockets: 'websockets_echo.py', application: 'fastapi_app.py' } as const;

/** `application`: what tutorials have, and nothing of the bot protocol. */
export type PeerKind = keyof typeof SCRIPTS;

export interface PythonPeer extends Peer {
  readonly url: string;
}

/** Starts a server on a free port. Stop it in a `finally` or an `after` hook; it also ends with this process. */
export async function pythonPeer(kind: PeerKind, args: readonly string[] = []): Promise<PythonPeer> {
  const peer = await startPeer(PYTHON, ['-B', '-s', peerScript(SCRIPTS[kind]), ...args]);
  return { ...peer, url: `${peer.origin}/` };
}
