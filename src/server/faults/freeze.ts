import { durationUs, type FaultKind, type Recurring, recurring, Wrong } from './fault-kind.js';

/** Once, `atUs` after the start, or periodically. */
export type Freeze =
  | { readonly kind: 'once'; readonly lengthUs: number; readonly atUs: number }
  | ({ readonly kind: 'recurring' } & Recurring);

export const freeze: FaultKind<Freeze> = {
  forms: ['freeze:2s@5s', 'freeze:2s/10s'],
  does: 'freezes the whole process: once (for 2 s, 5 s after its start), or for the last 2 s of every 10 s',
  parse: (argument) => {
    const parts = argument.split('@');
    if (parts.length === 1) {
      const spec = recurring(argument);
      return spec instanceof Wrong ? spec : { kind: 'recurring', ...spec };
    }
    if (parts.length !== 2) return new Wrong(`${JSON.stringify(argument)} is not LENGTH@START`);
    const lengthUs = durationUs(parts[0]!);
    const atUs = durationUs(parts[1]!, { zero: true });
    if (lengthUs instanceof Wrong) return lengthUs;
    return atUs instanceof Wrong ? atUs : { kind: 'once', lengthUs, atUs };
  },
};

/** The next freeze that has not ended at `nowUs`; null if there is none. */
export function nextFreeze(
  spec: Freeze,
  startUs: number,
  nowUs: number,
): { readonly fromUs: number; readonly toUs: number } | null {
  if (spec.kind === 'once') {
    const fromUs = startUs + spec.atUs;
    return fromUs + spec.lengthUs > nowUs ? { fromUs, toUs: fromUs + spec.lengthUs } : null;
  }
  const toUs = startUs + (Math.floor((nowUs - startUs) / spec.periodUs) + 1) * spec.periodUs;
  return { fromUs: toUs - spec.lengthUs, toUs };
}

const NOBODY_WAKES = new Int32Array(new SharedArrayBuffer(4));

/** Blocks this thread and all its sockets without using the processor. */
export function standStill(us: number): void {
  if (us > 0) Atomics.wait(NOBODY_WAKES, 0, 0, us / 1000);
}
