import { EXIT, unreachableError, usageError, type WsurgeError } from '../errors.js';
import type { Target } from '../profile/profile.js';
import { Child } from './child.js';
import type { Exit, RunningTarget } from './running-target.js';
import { crashedError, printed, untilReady } from './start.js';
import type { TargetDeps } from './target.js';

const NAME = 'the embedded server';
const READY_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 5000;
/**
 * Without these flags the idle memory of the server would not be the memory of its connections. With them it collects
 * and compacts when idle, and its young generation does not grow by tens of megabytes under load.
 */
const MEMORY_FLAGS = ['--expose-gc', '--max-semi-space-size=1', '--compact-on-every-full-gc'];

/** The line that `serve --json` prints once it listens. */
interface Listening {
  readonly url: string;
  readonly engine: string | null;
  readonly hint: string | null;
}

/**
 * Starts `wsurge serve` as a process of its own on a free port. It ends when its IPC channel to this process closes, so
 * also if this process is killed.
 */
export async function startEmbedded(
  target: Extract<Target, { kind: 'embedded' }>,
  deps: TargetDeps,
): Promise<RunningTarget> {
  const child = new Child({
    file: process.execPath,
    args: [...MEMORY_FLAGS, deps.cliPath, 'serve', ...serveFlags(target, deps)],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    stopTimeoutMs: STOP_TIMEOUT_MS,
  });
  const listening = await untilReady(child, () => listeningEvent(child), {
    name: NAME,
    readyTimeoutMs: deps.readyTimeoutMs ?? READY_TIMEOUT_MS,
    signal: deps.signal,
    waitingFor: () => 'it did not say that it listens',
    nextWhenLate: null,
    onExit: (exit) => exitError(child, exit),
  });
  return {
    ...listening,
    pid: child.process.pid ?? null,
    exited: () => child.exited(),
    lastLines: () => child.output.lastLines(),
    output: child.output,
    wasKilled: () => child.wasKilled,
    stop: () => child.stop(),
  };
}

function serveFlags(
  { engine }: Extract<Target, { kind: 'embedded' }>,
  { port = 0, host, serveFlags = [] }: TargetDeps,
): string[] {
  const on = host === undefined ? [] : ['--host', host];
  return ['--engine', engine, '--port', String(port), ...on, '--json', ...serveFlags];
}

/** The server refused its options, for example an engine that is not installed. The user must change them. */
function exitError(child: Child, exit: Exit): WsurgeError {
  if (exit.code !== EXIT.usage) return crashedError(child, NAME, exit);
  return usageError('target_refused', `${NAME} did not start${printed(child)}`);
}

/** The first line on stdout. It must say where the server listens. */
function listeningEvent(child: Child): Promise<Listening> {
  return new Promise((resolve, reject) => {
    let buffered = '';
    const onData = (chunk: string) => {
      buffered += chunk;
      const end = buffered.indexOf('\n');
      if (end < 0) return;
      child.process.stdout?.off('data', onData);
      const listening = parseListening(buffered.slice(0, end));
      if (listening === null) reject(unknownAnswerError(child));
      else resolve(listening);
    };
    child.process.stdout?.on('data', onData);
  });
}

function unknownAnswerError(child: Child): WsurgeError {
  return unreachableError('target_unknown_answer', `${NAME} did not say where it listens${printed(child)}`);
}

/** The `listening` line; null for any other. */
function parseListening(line: string): Listening | null {
  const value = parseJson(line);
  if (typeof value !== 'object' || value === null) return null;
  const { event, url, engine, hint } = value as Record<string, unknown>;
  if (event !== 'listening' || typeof url !== 'string') return null;
  return { url, engine: textOrNull(engine), hint: textOrNull(hint) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
