import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A server of somebody else's making, in a process of its own. */
export interface Peer {
  /** `ws://127.0.0.1:PORT`, without a path. */
  readonly origin: string;
  readonly port: number;
  readonly pid: number;
  /** What it has printed to stderr so far. */
  readonly stderr: () => string;
  /** Ends it; resolves when it is gone. */
  stop(): Promise<void>;
}

/** Where a program of this folder lies; it is run as it is, not compiled. */
export function peerScript(name: string): string {
  return fileURLToPath(new URL(`../../../test/peers/${name}`, import.meta.url));
}

/** A program of this folder on Node. */
export function nodePeer(script: string, args: readonly string[] = []): Promise<Peer> {
  return startPeer(process.execPath, [peerScript(script), ...args]);
}

/**
 * Starts a server that tells its port as its first line, as peer.mjs and peer.py do. Stop it in a `finally` or an `after`
 * hook; it also ends with this process. `by`: how it is stopped; one with children of its own ends them once its input ends.
 */
export async function startPeer(
  command: string,
  args: readonly string[],
  by: 'signal' | 'end of input' = 'signal',
): Promise<Peer> {
  const child = spawn(command, [...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  const gone = once(child, 'close');
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const first = await Promise.race([firstLineOf(child), gone.then(() => null)]);
  if (first === null) throw new Error(`${[command, ...args].join(' ')} ended before it listened:\n${stderr}`);
  const { port, pid } = JSON.parse(first) as { port: number; pid: number };
  return {
    origin: `ws://127.0.0.1:${port}`,
    port,
    pid,
    stderr: () => stderr,
    stop: async () => {
      if (by === 'signal') child.kill('SIGKILL');
      else child.stdin.end();
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
