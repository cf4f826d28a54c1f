import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { PYTHON } from '../needs.js';

const SCRIPTS = { fastapi: 'fastapi_bot.py', websockets: 'websockets_echo.py' } as const;

export type PeerKind = keyof typeof SCRIPTS;

export interface PythonPeer {
  readonly url: string;
  readonly pid: number;
  /** What it has printed to stderr so far. */
  readonly stderr: () => string;
  /** Ends it; resolves when it is gone. */
  stop(): Promise<void>;
}

/** Starts a server on a free port. Stop it in a `finally` or an `after` hook; it also ends with this process. */
export async function pythonPeer(kind: PeerKind, args: readonly string[] = []): Promise<PythonPeer> {
  const script = fileURLToPath(new URL(`../../../test/peers/${SCRIPTS[kind]}`, import.meta.url));
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
