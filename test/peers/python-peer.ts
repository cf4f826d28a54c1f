import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Debian's own, which its packages belong to; another one may come first on the PATH. */
const PYTHON = '/usr/bin/python3';
const SCRIPTS = {
  fastapi: { file: 'fastapi_bot.py', needs: 'fastapi, uvicorn, websockets' },
  websockets: { file: 'websockets_echo.py', needs: 'websockets' },
} as const;

export type PeerKind = keyof typeof SCRIPTS;

export interface PythonPeer {
  readonly url: string;
  readonly pid: number;
  /** What it has printed to stderr so far. */
  readonly stderr: () => string;
  /** Ends it; resolves when it is gone. */
  stop(): Promise<void>;
}

/**
 * Why the tests with Python peers cannot run here, for the `skip` of a test; false where they can. With
 * WSURGE_REQUIRE_PEERS=1 they run in any case, and fail where something is missing.
 */
export function skipWithoutPeers(kind: PeerKind): string | false {
  if (process.env['WSURGE_REQUIRE_PEERS'] === '1') return false;
  const { needs } = SCRIPTS[kind];
  const { status } = spawnSync(PYTHON, ['-c', `import ${needs}`], { stdio: 'ignore' });
  if (status === 0) return false;
  const packages = needs.split(', ').map((name) => `python3-${name}`);
  return `${PYTHON} cannot import ${needs}: apt-get install ${packages.join(' ')}`;
}

/** Starts a server on a free port. Stop it in a `finally` or an `after` hook; it also ends with this process. */
export async function pythonPeer(kind: PeerKind, args: readonly string[] = []): Promise<PythonPeer> {
  const script = fileURLToPath(new URL(`../../../test/peers/${SCRIPTS[kind].file}`, import.meta.url));
  const child = spawn(PYTHON, ['-B', '-s', script, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  const gone = once(child, 'close');
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const first = await Promise.race([firstLineOf(child), gone.then(() => null)]);
  if (first === null) throw new Error(`${script} ended before it listened:\n${stderr}`);
  const { port, pid } = JSON.parse(first) as { port: number; pid: number };
  return {
    url: `ws://127.0.0.1:${port}/`,
    pid,
    stderr: () => stderr,
    stop: async () => {
      child.kill('SIGKILL');
      await gone;
    },
  };
}

function firstLineOf({ stdout }: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    stdout!.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')));
    });
  });
}
