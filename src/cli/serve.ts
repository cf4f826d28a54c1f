import { EXIT, type ExitCode } from '../errors.js';
import { IdleCollector } from '../server/idle-collector.js';
import type { ServerSettings } from '../server/options.js';
import { type RunningServer, startServer } from '../server/server.js';
import type { CliIo } from './io.js';
import type { ServeRequest } from './options/serve-options.js';

/** Runs the reference server until it is told to stop, or until the process that started it ends. */
export async function serveCommand({ settings, json: isJson }: ServeRequest, io: CliIo): Promise<ExitCode> {
  const server = await startServer(settings);
  io.stdout.write(`${readyLine(server, settings, isJson)}\n`);
  if (!isJson && server.hint !== null) io.stderr.write(`uWebSockets.js would be faster: ${server.hint}\n`);
  const tidy = idleCollector(server);
  tidy?.start();
  await Promise.race([untilStopped(io.signal), server.failure]);
  tidy?.stop();
  // Prints a message itself if the truth log failed.
  await server.close();
  return EXIT.passed;
}

/** Collects garbage before idle memory is read. Null unless Node was started with --expose-gc, as `run` does. */
function idleCollector(server: RunningServer): IdleCollector | null {
  const { gc } = globalThis;
  if (gc === undefined) return null;
  const activity = () => {
    const { connectionsOpened, messagesReceived } = server.stats();
    return { opened: connectionsOpened, messages: messagesReceived };
  };
  return new IdleCollector(activity, () => void gc());
}

/** Waits for the signal to stop. If there is an IPC channel to the parent, its end stops the server too: no orphan is left. */
async function untilStopped(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (process.send === undefined) return;
    if (!process.connected) return resolve();
    process.once('disconnect', () => resolve());
  });
}

function readyLine({ url, host, port, engine, hint }: RunningServer, settings: ServerSettings, json: boolean): string {
  const { pid } = process;
  const { faults, seed } = settings;
  const misbehaves = faults.length > 0;
  if (json) {
    const chosen = misbehaves ? { faults, seed } : {};
    return JSON.stringify({ event: 'listening', url, host, port, engine, pid, hint, ...chosen });
  }
  const chosen = misbehaves ? `, faults ${faults.join(',')}, seed ${seed}` : '';
  return `listening on ${url}, engine ${engine}, pid ${pid}${chosen}`;
}
