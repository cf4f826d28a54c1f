import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { NATS_SERVER } from '../needs.js';

/** A broker of its own for one test, on a free port of loopback. */
export interface NatsServer {
  /** `127.0.0.1:PORT`. */
  readonly address: string;
  readonly port: number;
  readonly pid: number;
  /** What it has said so far. */
  readonly log: () => string;
  /** Ends it at once, as a crash does. */
  readonly kill: () => Promise<void>;
  /** Starts it again on the same port. */
  readonly restart: (configuration?: string) => Promise<void>;
  /** Ends it, and removes its folder. */
  readonly stop: () => Promise<void>;
}

type Broker = ChildProcessByStdio<null, null, Readable>;

/** `configuration`: further lines of it. `files`: by name, written beside it. */
export async function natsServer(
  configuration = '',
  files: Readonly<Record<string, string>> = {},
): Promise<NatsServer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'wsurge-nats-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
  const log: string[] = [];
  let running = await start(folder, -1, configuration, log);
  const { port } = running;
  const kill = async (): Promise<void> => {
    if (running.child.exitCode === null && running.child.signalCode === null) running.child.kill('SIGKILL');
    await running.gone;
  };
  return {
    address: `127.0.0.1:${port}`,
    port,
    get pid() {
      return running.child.pid!;
    },
    log: () => log.join(''),
    kill,
    restart: async (other = configuration) => {
      await kill();
      running = await start(folder, port, other, log);
    },
    stop: async () => {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Waits until it says that it is ready. Port -1: one that is free. */
async function start(folder: string, port: number, configuration: string, log: string[]) {
  const file = path.join(folder, 'nats-server.conf');
  writeFileSync(file, `listen: "127.0.0.1:${port}"\n${configuration}\n`);
  // In its folder, so that the configuration can name files beside it.
  const child: Broker = spawn(NATS_SERVER, ['-c', file], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  const gone = once(child, 'close');
  const said: string[] = [];
  const found = await new Promise<number>((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said.push(text);
      log.push(text);
      const all = said.join('');
      const listening = /Listening for client connections on [^\s]*:(\d+)/.exec(all);
      if (listening !== null && all.includes('Server is ready')) resolve(Number(listening[1]));
    });
    child.once('error', reject);
    child.once('close', () => reject(new Error(`nats-server did not start:\n${said.join('')}`)));
  });
  return { child, gone, port: found };
}
