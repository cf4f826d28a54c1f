import type { Target } from '../profile/profile.js';
import type { RunningTarget } from './running-target.js';
import { startTarget, type TargetDeps } from './target.js';

/**
 * Stops a server that we started and starts it anew, on the same port, which is what its clients know. uWebSockets.js
 * listens without SO_REUSEADDR, so that connections it closed itself keep its port for a minute: the embedded server on
 * it comes back on another. Rejects as `startTarget` does; the old one is gone then as well.
 */
export async function restartTarget(target: Target, running: RunningTarget, deps: TargetDeps): Promise<RunningTarget> {
  const keepsPort = target.kind === 'embedded' && running.engine !== 'uws';
  const port = keepsPort ? { port: Number(new URL(running.url).port) } : {};
  await running.stop();
  return await startTarget(target, { ...deps, ...port });
}
