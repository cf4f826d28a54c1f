import type { ServerProbe, ServerSample } from '../coordinator/coordinator.js';
import type { Target } from '../profile/profile.js';
import { chooseSampler } from '../target/choose-sampler.js';
import type { RunningTarget } from '../target/running-target.js';

/** The probe of a server that may be restarted. `current` finds the process that is the server now. */
export class RenewedProbe implements ServerProbe {
  readonly #current: () => ServerProbe;
  #probe: ServerProbe;

  constructor(current: () => ServerProbe) {
    this.#current = current;
    this.#probe = current();
  }

  renew(): void {
    this.#probe = this.#current();
  }

  get engine(): string | null {
    return this.#probe.engine;
  }

  get pid(): number | null {
    return this.#probe.pid;
  }

  get unavailable(): string | null {
    return this.#probe.unavailable;
  }

  sample(parts?: { readonly openFds: boolean }): ServerSample | null {
    return this.#probe.sample(parts);
  }
}

/** How to watch the server under test: through its process if that can be seen, else the reason why it cannot. */
export function serverProbe(
  target: Target,
  running: Pick<RunningTarget, 'url' | 'pid' | 'engine'>,
  address: string | null,
): ServerProbe {
  const { engine } = running;
  const choice = chooseSampler(target, running, address);
  if (choice.status === 'unavailable') {
    return { engine, pid: null, unavailable: choice.reason, sample: () => null };
  }
  return { engine, pid: choice.sampler.pid, unavailable: null, sample: (parts) => choice.sampler.sample(parts) };
}
