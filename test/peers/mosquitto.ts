import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { MOSQUITTO } from '../needs.js';
import type { Peer } from './child-peer.js';
import { freePort } from './free-port.js';

/** mosquitto cannot listen on port 0: the port is one that was free just now, and another is tried where it no longer is. */
const TRIES = 5;
const LOOK_EVERY_MS = 20;

/** Eclipse mosquitto with a listener for WebSockets that lets everybody in. `more`: further lines of its configuration. */
export async function mosquitto(more = ''): Promise<Peer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'wsurge-mosquitto-'));
  const file = path.join(folder, 'mosquitto.conf');
  let stderr = '';
  for (let tried = 0; tried < TRIES; tried++) {
    const port = await freePort();
    writeFileSync(file, configuration(folder, port, more));
    const child = spawn(MOSQUITTO, ['-c', file], { stdio: ['ignore', 'ignore', 'pipe'] });
    const gone = once(child, 'close');
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    if (!(await listens(port, () => child.exitCode === null && child.signalCode === null))) continue;
    return {
      origin: `ws://127.0.0.1:${port}`,
      port,
      pid: child.pid!,
      stderr: () => stderr,
      stop: async () => {
        child.kill('SIGKILL');
        await gone;
        rmSync(folder, { recursive: true, force: true });
      },
    };
  }
  rmSync(folder, { recursive: true, force: true });
  throw new Error(`mosquitto did not listen on any of ${TRIES} ports:\n${stderr}`);
}

/** Version 2.0.11 ends at once if all of its listeners are for WebSockets, so it has another one. */
function configuration(folder: string, port: number, more: string): string {
  return `
listener ${port} 127.0.0.1
protocol websockets
listener 0 ${folder}/socket
allow_anonymous true
${more}
`;
}

/** True once something takes connections there; false where `isAlive` no longer holds. */
async function listens(port: number, isAlive: () => boolean): Promise<boolean> {
  while (isAlive()) {
    const socket = connect(port, '127.0.0.1');
    const opened = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (opened) return isAlive();
    await delay(LOOK_EVERY_MS);
  }
  return false;
}
