import type { ServerProbe } from '../coordinator/coordinator.js';
import type { Target } from '../profile/profile.js';
import { chooseSampler } from '../target/choose-sampler.js';
import type { RunningTarget } from '../target/running-target.js';

/** How the server under test is watched: its process where there is one to see, else the reason why not. */
export function serverProbe(target: Target, running: RunningTarget, address: string | null): ServerProbe {
  const { engine } = running;
  const choice = chooseSampler(target, running, address);
  if (choice.status === 'unavailable') {
    return { engine, pid: null, unavailable: choice.reason, sample: () => null };
  }
  return { engine, pid: choice.sampler.pid, unavailable: null, sample: (parts) => choice.sampler.sample(parts) };
}
