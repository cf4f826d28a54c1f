import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { resolve } from 'node:path';
import { ArgumentError } from '../arguments.js';
import { artillery } from './artillery.js';
import { command } from './command.js';
import { k6 } from './k6.js';
import type { NamedPeer, Peer } from './peer.js';
import { tcpkali } from './tcpkali.js';

/** The tools that `--peer` knows. */
export const PEERS: Readonly<Record<string, Peer>> = { k6, tcpkali, artillery, command };

const VERSION_DEADLINE_MS = 60_000;

/** The peer of this name at this path. Throws an `ArgumentError` if it cannot be run. */
export function peerAt(name: string, path: string): NamedPeer {
  const peer = PEERS[name]!;
  const file = resolve(path);
  const refusal = refusalOf(file, peer);
  if (refusal !== null) {
    const known = Object.keys(PEERS).join(', ');
    throw new ArgumentError(`--peer ${name}=${path}: ${refusal}; give the path of its program (known: ${known})`);
  }
  return { name, path: file, peer };
}

function refusalOf(file: string, { versionArgs }: Peer): string | null {
  try {
    accessSync(file, constants.X_OK);
  } catch {
    return 'there is no such program';
  }
  if (versionArgs === null) return null;
  const { status, error } = spawnSync(file, versionArgs, { timeout: VERSION_DEADLINE_MS, stdio: 'ignore' });
  if (error !== undefined) return `it does not run (${error.message})`;
  return status === 0 ? null : `\`${versionArgs.join(' ')}\` ended with exit code ${status}`;
}
