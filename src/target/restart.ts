import type { Target } from '../profile/profile.js';
import type { RunningTarget } from './running-target.js';
import { startTarget, type TargetDeps } from './target.js';

/**
 * Stops a server that we started and starts it again on the same port, because its clients know that port. The embedded
 * server on uWebSockets.js gets another port: uWebSockets.js listens without SO_REUSEADDR, so connections that it
 * closed itself block its old port for a minute. Rejects as `startTarget` does; then the old server is gone, too.
 */
export async function restartTarget(target: Target, running: RunningTarget, deps: TargetDeps): Promise<RunningTarget> {
  const keepsPort = target.kind === 'embedded' && running.engine !== 'uws';
  const port = keepsPort ? { port: Number(new URL(running.url).port) } : {};
  await running.stop();
  return await startTarget(target, { ...deps, ...port });
}
