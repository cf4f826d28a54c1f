import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { NATS_SERVER } from '../needs.js';
import { CERTIFICATE, KEY } from '../server/certificate.js';

const LOOK_EVERY_MS = 20;

export interface Broker {
  readonly port: number;
  /** What it has said so far. */
  readonly said: () => string;
  stop(): Promise<void>;
}

/** What tls/ holds, by name of the file. One certificate is all of them here. */
const TLS = { 'ca.pem': CERTIFICATE, 'server.pem': CERTIFICATE, 'server-key.pem': KEY };

/** A nats-server with the configuration in `file`, untouched, on a free port of loopback. */
export async function startBroker(
  file: string,
  env: Readonly<Record<string, string>>,
  tls: Readonly<Record<string, string>> = TLS,
): Promise<Broker> {
  const folder = mkdtempSync(join(tmpdir(), 'wsurge-broker-'));
  mkdirSync(join(folder, 'tls'));
  for (const [name, text] of Object.entries(tls)) writeFileSync(join(folder, 'tls', name), text);
  const args = ['-c', file, '-a', '127.0.0.1', '-p', '-1', '--ports_file_dir', folder];
  const child = spawn(NATS_SERVER, args, { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] });
  const gone = once(child, 'close');
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const stop = async () => {
    child.kill('SIGKILL');
    await gone;
    rmSync(folder, { recursive: true, force: true });
  };
  while (child.exitCode === null && child.signalCode === null) {
    const port = portIn(folder);
    if (port !== null) return { port, said: () => said, stop };
    await delay(LOOK_EVERY_MS);
  }
  await stop();
  throw new Error(`nats-server did not start:\n${said}`);
}

/** The port that it has written into its file of ports, or null where there is none yet. */
function portIn(folder: string): number | null {
  const file = readdirSync(folder).find((name) => name.endsWith('.ports'));
  if (file === undefined) return null;
  const [, port] =
    /"nats":\s*\[\s*"[a-z]+:\/\/127\.0\.0\.1:(\d+)"/.exec(readFileSync(join(folder, file), 'utf8')) ?? [];
  return port === undefined ? null : Number(port);
}
