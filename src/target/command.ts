import { usageError, type WsurgeError } from '../errors.js';
import { findTcpListener, findUnixListener, type ListenerSearch } from '../machine/proc/listening-pid.js';
import { type ProcFiles, procOfThisSystem } from '../machine/proc/proc-files.js';
import { formatAddress, type UrlAddress, urlAddress } from '../profile/address.js';
import type { Target } from '../profile/profile.js';
import { Child } from './child.js';
import { parseCommandLine } from './command-line.js';
import { pollUntilReady, probeAddress, probeUrl } from './readiness.js';
import type { Exit, RunningTarget } from './running-target.js';
import { crashedError, printed, untilReady } from './start.js';
import type { TargetDeps } from './target.js';

type CommandTarget = Extract<Target, { kind: 'command' }>;

/** The next step if the server is never ready: it may be slow, or may be ready without the expected sign. */
const NEXT_WHEN_LATE = 'give it longer (target.readyTimeout: 2m), or name a sign that it does give (target.ready)';
/** Exit codes of a shell that cannot find a program, or cannot run it. */
const SHELL_NOT_FOUND = 127;
const SHELL_NOT_EXECUTABLE = 126;

/** Starts the user's own server and waits for the sign of readiness that the user chose. */
export async function startCommand(target: CommandTarget, deps: TargetDeps): Promise<RunningTarget> {
  const address = fixedAddress(target.url);
  await refuseIfTaken(address);
  const name = `\`${target.command}\``;
  const line = parseCommandLine(target.command);
  const child = new Child({
    file: line.file,
    args: line.args,
    stdio: ['ignore', 'pipe', 'pipe'],
    stopTimeoutMs: target.stopTimeoutMs,
    ...(deps.folder === undefined ? {} : { folder: deps.folder }),
  });
  const watch = watchFor(target, address, child);
  await untilReady(child, watch.ready, {
    name,
    readyTimeoutMs: target.readyTimeoutMs,
    signal: deps.signal,
    waitingFor: watch.waitingFor,
    nextWhenLate: NEXT_WHEN_LATE,
    onExit: (exit) => exitError(child, name, line.shell, exit),
  });
  return {
    url: target.url,
    engine: null,
    hint: null,
    pid: child.process.pid ?? null,
    exited: () => child.exited(),
    lastLines: () => child.output.lastLines(),
    output: child.output,
    wasKilled: () => child.wasKilled,
    stop: () => child.stop(),
  };
}

function fixedAddress(url: string): UrlAddress {
  const address = urlAddress(url);
  if (address === null || (address.kind === 'tcp' && address.port === 0)) {
    throw usageError(
      'target_url_not_fixed',
      'target.url names no fixed host and port',
      'give the address the command listens on, e.g. ws://127.0.0.1:9001/',
    );
  }
  return address;
}

/**
 * Refuses to start if a server already listens at the address: the load would go to that server, not to the one we
 * start.
 */
async function refuseIfTaken(address: UrlAddress): Promise<void> {
  const probe = await probeAddress(address);
  if (!probe.ready) return;
  const by = holderOf(address);
  throw usageError(
    'target_port_taken',
    `${formatAddress(address)} is already in use${by === null ? '' : ` by ${by}`}, before target.command was started`,
    'stop that process, choose another port, or leave out `command` to measure what runs there',
  );
}

/** For example `node (pid 4711)`; null if the process cannot be seen. */
function holderOf(address: UrlAddress): string | null {
  const proc = procOfThisSystem();
  if (proc === null) return null;
  const searches = address.kind === 'unix' ? [findUnixListener(address.path, proc)] : tcpHolders(address, proc);
  const search = searches.find(({ status }) => status === 'found');
  if (search?.status !== 'found') return null;
  return `${proc.readText(`/proc/${search.pid}/comm`)?.trim() ?? 'a process'} (pid ${search.pid})`;
}

function tcpHolders(address: Extract<UrlAddress, { kind: 'tcp' }>, proc: ProcFiles): ListenerSearch[] {
  const hosts = address.host === 'localhost' ? ['127.0.0.1', '::1'] : [address.host];
  return hosts.map((host) => findTcpListener(host, address.port, proc));
}

interface Watch {
  readonly ready: (signal: AbortSignal) => Promise<void>;
  readonly waitingFor: () => string;
}

function watchFor(target: CommandTarget, address: UrlAddress, child: Child): Watch {
  const { ready } = target;
  switch (ready.by) {
    case 'log':
      return { ready: () => child.printed(ready.line), waitingFor: () => `it did not print "${ready.line}"` };
    case 'url':
      return polling(() => probeUrl(ready.url, target.tls), `GET ${ready.url}`);
    case 'port':
      return polling(() => probeAddress(address), `connect to ${formatAddress(address)}`);
  }
}

function polling(probe: Parameters<typeof pollUntilReady>[0], what: string): Watch {
  let reason = 'not answered yet';
  const onMiss = (latest: string) => {
    reason = latest;
  };
  return { ready: (signal) => pollUntilReady(probe, signal, onMiss), waitingFor: () => `${what}: ${reason}` };
}

function exitError(child: Child, name: string, shell: boolean, exit: Exit): WsurgeError {
  if (shell && (exit.code === SHELL_NOT_FOUND || exit.code === SHELL_NOT_EXECUTABLE)) {
    return usageError(
      'target_not_started',
      `cannot start ${name}${printed(child)}`,
      'check target.command in the profile',
    );
  }
  return crashedError(child, name, exit);
}
