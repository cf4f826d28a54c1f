import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { MOSQUITTO } from '../needs.js';
import type { Peer } from './child-peer.js';
import { freePort } from './free-port.js';

/** mosquitto cannot listen on port 0: the port is one that was free just now, and another is tried where it no longer is. */
const TRIES = 5;

type Broker = ChildProcessByStdio<null, null, Readable>;

/** Eclipse mosquitto with a listener for WebSockets that lets everybody in. `more`: further lines of its configuration. */
export async function mosquitto(more = ''): Promise<Peer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'wsurge-mosquitto-'));
  const file = path.join(folder, 'mosquitto.conf');
  let said = '';
  for (let tried = 0; tried < TRIES; tried++) {
    const port = await freePort();
    writeFileSync(file, configuration(folder, port, more));
    const child: Broker = spawn(MOSQUITTO, ['-c', file], { stdio: ['ignore', 'ignore', 'pipe'] });
    const gone = once(child, 'close');
    const started = await startOf(child);
    if (!started.runs) {
      said = started.stderr();
      continue;
    }
    const stop = async () => {
      child.kill('SIGKILL');
      await gone;
      rmSync(folder, { recursive: true, force: true });
    };
    return { origin: `ws://127.0.0.1:${port}`, port, pid: child.pid!, stderr: started.stderr, stop };
  }
  rmSync(folder, { recursive: true, force: true });
  throw new Error(`mosquitto did not start on any of ${TRIES} ports:\n${said}`);
}

/**
 * Version 2.0.11 ends at once if all of its listeners are for WebSockets, so it has another one. Started as root it would
 * become another user, who may not write to this folder.
 */
function configuration(folder: string, port: number, more: string): string {
  return `
listener ${port} 127.0.0.1
protocol websockets
listener 0 ${folder}/socket
allow_anonymous true
user root
${more}
`;
}

/** Waits until it says that it runs, or has ended. */
function startOf(child: Broker): Promise<{ readonly runs: boolean; readonly stderr: () => string }> {
  let stderr = '';
  return new Promise((resolve) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      if (/ running$/m.test(stderr)) resolve({ runs: true, stderr: () => stderr });
    });
    child.once('close', () => resolve({ runs: false, stderr: () => stderr }));
  });
}
