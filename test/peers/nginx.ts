import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { NGINX } from '../needs.js';
import type { Peer } from './child-peer.js';
import { freePort } from './free-port.js';

/** nginx cannot listen on port 0: the port is one that was free just now, and another is tried where it no longer is. */
const TRIES = 5;
const LOOK_EVERY_MS = 20;

/** nginx in front of a server, as its documentation has it for WebSockets, and with its own time-outs. Ends both. */
export async function nginxBefore(starting: Promise<Peer>): Promise<Peer> {
  const back = await starting;
  const folder = mkdtempSync(path.join(tmpdir(), 'wsurge-nginx-'));
  try {
    const front = await startNginx(folder, back.port);
    return {
      ...front,
      stop: async () => {
        await front.stop();
        await back.stop();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await back.stop();
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

async function startNginx(folder: string, backPort: number): Promise<Peer> {
  const file = path.join(folder, 'nginx.conf');
  let stderr = '';
  for (let tried = 0; tried < TRIES; tried++) {
    const port = await freePort();
    writeFileSync(file, configuration(folder, port, backPort));
    const child = spawn(NGINX, ['-e', 'stderr', '-p', folder, '-c', file], { stdio: ['ignore', 'ignore', 'pipe'] });
    const gone = once(child, 'close');
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    if (!(await listens(child, path.join(folder, 'pid')))) continue;
    return {
      origin: `ws://127.0.0.1:${port}`,
      port,
      pid: child.pid!,
      stderr: () => stderr,
      stop: async () => {
        child.kill('SIGTERM');
        await gone;
      },
    };
  }
  throw new Error(`nginx did not listen on any of ${TRIES} ports:\n${stderr}`);
}

/** One process and no master, so that it runs as whoever starts it and ends by its own id. */
function configuration(folder: string, port: number, backPort: number): string {
  return `
daemon off;
master_process off;
pid ${folder}/pid;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  map $http_upgrade $connection_upgrade { default upgrade; '' close; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://127.0.0.1:${backPort};
      proxy_http_version 1.1;
      proxy_set_header Host $host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
    }
  }
}
`;
}

/** True once this nginx takes connections, for it writes its id after it has bound its port; false where it ended instead. */
async function listens(child: ChildProcess, pidFile: string): Promise<boolean> {
  while (child.exitCode === null && child.signalCode === null) {
    if (existsSync(pidFile)) return true;
    await delay(LOOK_EVERY_MS);
  }
  return false;
}
