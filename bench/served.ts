import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { CERTIFICATE, KEY, writeFiles } from '../test/server/certificate.js';
import { entry } from './child.js';
import type { EchoJob, FromEcho, ToEcho } from './echo-server.js';
import { type Machine, pinned } from './machine.js';

const START_MS = 10_000;

/** What a load process connects to. Plain data of a job. */
export interface Target {
  readonly url: string;
  readonly pid: number;
  /** PEM of the certificate to trust; null for plain connections. */
  readonly ca: string | null;
}

/** A running echo server, seen from the bench. */
export class EchoServer {
  readonly target: Target;
  readonly engine: string;
  readonly #child: ChildProcess;
  readonly #removeFiles: () => void;

  private constructor(target: Target, engine: string, child: ChildProcess, removeFiles: () => void) {
    this.target = target;
    this.engine = engine;
    this.#child = child;
    this.#removeFiles = removeFiles;
  }

  /**
   * Starts a server on its core and a free port of loopback. The certificate is the tests' own and protects nothing.
   */
  static async start(machine: Machine, tls: boolean, isHub = false): Promise<EchoServer> {
    const files = tls ? writeFiles({ 'cert.pem': CERTIFICATE, 'key.pem': KEY }) : null;
    const job: EchoJob = { tls: files && { cert: files.path('cert.pem'), key: files.path('key.pem') }, isHub };
    const [file, ...args] = pinned(machine.serverCore, [process.execPath, entry('echo-server'), JSON.stringify(job)]);
    const child = spawn(file!, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    const listening = await answerOf(child, 'listening');
    const url = `${tls ? 'wss' : 'ws'}://127.0.0.1:${listening.port}/`;
    const target = { url, pid: child.pid!, ca: tls ? CERTIFICATE : null };
    return new EchoServer(target, listening.engine, child, () => files?.remove());
  }

  /** Messages echoed so far. */
  async count(): Promise<number> {
    const counted = answerOf(this.#child, 'count');
    this.#child.send({ type: 'count' } satisfies ToEcho);
    return (await counted).messages;
  }

  /** Calls back with the first message of each of the first two connections that send one. */
  onFirst(callback: (connection: number, atNs: bigint) => void): void {
    this.#child.on('message', (message: FromEcho) => {
      if (message.type === 'first') callback(message.connection, BigInt(message.atNs));
    });
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exited = once(this.#child, 'exit');
      this.#child.kill('SIGKILL');
      await exited;
    }
    this.#removeFiles();
  }
}

/** The server's next message of one type. Rejects if the server ends or stays silent instead. */
function answerOf<T extends FromEcho['type']>(child: ChildProcess, type: T): Promise<Extract<FromEcho, { type: T }>> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => {
      clearTimeout(deadline);
      child.off('message', onMessage);
      child.off('exit', onExit);
      settle();
    };
    const onMessage = (message: FromEcho) => {
      if (message.type === type) end(() => resolve(message as Extract<FromEcho, { type: T }>));
    };
    const onExit = () => end(() => reject(new Error('the echo server ended')));
    const deadline = setTimeout(() => end(() => reject(new Error('the echo server does not answer'))), START_MS);
    child.on('message', onMessage);
    child.on('exit', onExit);
  });
}
