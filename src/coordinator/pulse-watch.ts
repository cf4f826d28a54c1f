import { Pulse, type PulseMemory, type PulsePlace } from '../script/pulse.js';

const EVERY_MS = 250;

/** After so long without a beat a thread is ended, ms. A busy machine lets every thread run sooner than that. */
export const STUCK_MS = 10_000;

/** Beats while the event loop of this thread turns, until the returned function is called. */
export function startPulse(pulse: Pulse): () => void {
  pulse.beat();
  const timer = setInterval(() => pulse.beat(), EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/**
 * Calls `stuck` once if the thread of this pulse has not beaten for so long, until the returned function is called. The
 * time is counted in looks: where this thread itself was suspended, it did not look.
 */
export function watchPulse(
  memory: PulseMemory,
  stuckMs: number,
  stuck: (place: PulsePlace, seconds: number) => void,
): () => void {
  const pulse = new Pulse(memory);
  const most = Math.max(1, Math.ceil(stuckMs / EVERY_MS));
  let beats = -1;
  let looks = 0;
  const timer = setInterval(() => {
    const now = pulse.beats;
    // Before its first beat the thread starts, which is not the fault of a script.
    looks = now === beats && now > 0 ? looks + 1 : 0;
    beats = now;
    if (looks < most) return;
    clearInterval(timer);
    stuck(pulse.place, stuckMs / 1000);
  }, EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
