import { findTcpListener, findUnixListener, type ListenerSearch } from '../machine/proc/listening-pid.js';
import { type ProcFiles, procOfThisSystem, statOf } from '../machine/proc/proc-files.js';
import { ProcessSampler } from '../machine/proc/process-sampler.js';
import { urlAddress } from '../profile/address.js';
import type { Target } from '../profile/profile.js';
import type { RunningTarget } from './running-target.js';

export type SamplerChoice =
  | { readonly status: 'ready'; readonly sampler: ProcessSampler }
  | { readonly status: 'unavailable'; readonly reason: string };

/**
 * Chooses the process that is measured as the server: the pid that the user named, else the embedded server, else the
 * local process that listens at the address of the URL, whoever started it. `address` is the IP address of the host;
 * null for unix sockets.
 */
export function chooseSampler(
  target: Target,
  running: Pick<RunningTarget, 'url' | 'pid'>,
  address: string | null,
  proc: ProcFiles | null = procOfThisSystem(),
): SamplerChoice {
  if (proc === null)
    return { status: 'unavailable', reason: `${process.platform} has no /proc: processes are measured on Linux only` };
  const search = findServer(target, running, address, proc);
  if (search.status === 'unknown') return { status: 'unavailable', reason: search.reason };
  if (statOf(proc, search.pid) === null) return { status: 'unavailable', reason: `no process with pid ${search.pid}` };
  return { status: 'ready', sampler: new ProcessSampler(search.pid, proc) };
}

/**
 * A command may be a shell, `npm start` or `docker run`. The server is the process that listens, not the one that was
 * started. If the listening process cannot be seen, nothing is measured.
 */
function findServer(
  target: Target,
  running: Pick<RunningTarget, 'url' | 'pid'>,
  address: string | null,
  proc: ProcFiles,
): ListenerSearch {
  if (target.pid !== 'auto') return { status: 'found', pid: target.pid };
  if (target.kind === 'embedded' && running.pid !== null) return { status: 'found', pid: running.pid };
  return findListener(running.url, address, proc);
}

function findListener(url: string, address: string | null, proc: ProcFiles): ListenerSearch {
  const where = urlAddress(url);
  if (where?.kind === 'unix') return findUnixListener(where.path, proc);
  if (where === null || address === null) return { status: 'unknown', reason: 'the URL has no address to look for' };
  return findTcpListener(address, where.port, proc);
}
