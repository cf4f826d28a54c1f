import { urlAddress } from '../profile/address.js';
import type { Target } from '../profile/profile.js';
import { findTcpListener, findUnixListener, type ListenerSearch } from './listening-pid.js';
import { type ProcFiles, procOfThisSystem, statOf } from './proc-files.js';
import { ProcessSampler } from './process-sampler.js';
import type { RunningTarget } from './running-target.js';

export type SamplerChoice =
  | { readonly status: 'ready'; readonly sampler: ProcessSampler }
  | { readonly status: 'unavailable'; readonly reason: string };

/**
 * Which process stands for the server: the pid the user named, else the embedded server that we started, else the local
 * process that listens where the URL leads, whoever started it. `address` is the IP address the host resolved to, null for unix sockets.
 */
export function chooseSampler(
  target: Target,
  running: Pick<RunningTarget, 'url' | 'pid'>,
  address: string | null,
  proc: ProcFiles | null = procOfThisSystem(),
): SamplerChoice {
  if (proc === null)
    return { status: 'unavailable', reason: `no /proc on ${process.platform}: only Linux is measured` };
  const search = findServer(target, running, address, proc);
  if (search.status === 'unknown') return { status: 'unavailable', reason: search.reason };
  if (statOf(proc, search.pid) === null) return { status: 'unavailable', reason: `no process with pid ${search.pid}` };
  return { status: 'ready', sampler: new ProcessSampler(search.pid, proc) };
}

/**
 * A command may be a shell, `npm start` or `docker run`: what listens is the server, not what started it. So nobody is
 * measured where it cannot be seen who listens.
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
  if (where === null || address === null) return { status: 'unknown', reason: 'the URL names no address to look for' };
  return findTcpListener(address, where.port, proc);
}
